// videorft/llm: the chat-model port, its HTTP adapters (one question a request, or many in a batch) and a fake.
export { createBatchModel } from './batch/model.ts';
export type { ChatOptions } from './chat.ts';
export { type BatchSettings, batchSchema, type Endpoint, type EndpointInput, endpointSchema } from './config.ts';
export { createChatModel } from './endpoint.ts';
export { createFakeChatModel, type FakeChatModel, type FakeReply } from './fake.ts';
export { createOpenAIModel } from './openai.ts';
export type { ChatMessage, ChatModel, ChatPart, ChatRequest, ChatResponse, VideoSource } from './port.ts';
export { videoAt, videoFile } from './video-form.ts';
export { frameLabel } from './wire.ts';
