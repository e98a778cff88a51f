// The stand-in experts: three models behind one OpenAI-compatible address, for curation without a network or a key.
// They play GPT-4o-mini (describer), DeepSeek-R1 (reasoner) and Qwen2.5-VL (refiner) for clips of the micro-world, and get nothing
// but HTTP requests: nothing here imports the generator. Point the curation's configuration at real endpoints to replace them.
export { type ExpertName, expertNames } from './experts.ts';
export type { Fault, FaultKind } from './http/faults.ts';
export { type ServerOptions, type ServerOptionsInput, serverOptionsSchema } from './http/options.ts';
export { createExpertApp, type ListeningServer, listen, type ServerStats } from './server.ts';
export { type ExpertServer, startExpertServer } from './start.ts';
