// OpenAI's chat completions over HTTP, as vLLM, SGLang, llama.cpp, DeepSeek and many others speak them. Leaves out: policy (chat.ts), bodies (wire.ts).
import { type ChatOptions, createModel, type Protocol } from './chat.ts';
import type { Endpoint } from './config.ts';
import { postJson } from './http.ts';
import type { ChatModel } from './port.ts';
import { readCompletion, requestBody } from './wire.ts';

export const openaiProtocol: Protocol = {
  address: ({ baseURL }) => `${baseURL.replace(/\/+$/, '')}/chat/completions`,
  authorization: (key) => ({ authorization: `Bearer ${key}` }),
  open: ({ endpoint, headers, timeoutMs }) => {
    const url = openaiProtocol.address(endpoint);
    const { apiKeyEnv, model } = endpoint;
    return (request) => {
      const body = requestBody(request, endpoint);
      const { signal } = request;
      return async () =>
        readCompletion(await postJson({ url, body, headers, timeoutMs, signal, apiKeyEnv }), model, request);
    };
  },
};

/** A model behind OpenAI's protocol; what it throws stands at `createModel`. */
export const createOpenAIModel = (endpoint: Endpoint, options: ChatOptions = {}): ChatModel =>
  createModel(openaiProtocol, endpoint, options);
