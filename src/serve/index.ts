// videorft/serve: a model behind the OpenAI chat protocol.
export { type ServeOptions, type ServeOptionsInput, serveSchema } from './options.ts';
export { type RunningServer, type ServerTools, startServer } from './server.ts';
export type { ServedModel } from './service.ts';
