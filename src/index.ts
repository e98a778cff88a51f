// videorft: the public table of contents. Each name is a room and also a subpath: `videorft/rewards`, `videorft/engine`, …

export * as analyze from './analyze/index.ts';
export { VideorftError } from './base/errors.ts';
export * as curate from './curate/index.ts';
export * as data from './data/index.ts';
export * as engine from './engine/index.ts';
export * as evaluate from './evaluate/index.ts';
export * as ingest from './ingest/index.ts';
export * as llm from './llm/index.ts';
export * as media from './media/index.ts';
export * as models from './models/index.ts';
export * as prompt from './prompt/index.ts';
export * as report from './report/index.ts';
export * as rewards from './rewards/index.ts';
export * as runs from './runs/index.ts';
export * as serve from './serve/index.ts';
export * as world from './world/index.ts';
