// videorft/llm: the chat-model port, its HTTP adapters (one question a request, or many in a batch) and a fake.
export { createBatchModel } from './batch/model.ts';
export { type BatchSettings, batchSchema, type Endpoint, type EndpointInput, endpointSchema } from './config.ts';
export { createFakeChatModel, type FakeChatModel, type FakeReply } from './fake.ts';
export { createOpenAIModel, type OpenAIOptions } from './openai.ts';
export type { ChatMessage, ChatModel, ChatPart, ChatRequest, ChatResponse } from './port.ts';
export { frameLabel } from './wire.ts';
