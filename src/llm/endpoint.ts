// From an endpoint's settings to a chat model: which protocol is spoken there.
import { type ChatOptions, createModel, type Protocol } from './chat.ts';
import type { Endpoint } from './config.ts';
import { geminiProtocol } from './gemini.ts';
import { openaiProtocol } from './openai.ts';
import type { ChatModel } from './port.ts';

const protocols: Readonly<Record<Endpoint['protocol'], Protocol>> = { openai: openaiProtocol, gemini: geminiProtocol };

/** A model behind the endpoint's own protocol; what it throws stands at `createModel`. */
export const createChatModel = (endpoint: Endpoint, options: ChatOptions = {}): ChatModel =>
  createModel(protocols[endpoint.protocol], endpoint, options);
