// Gemini's own protocol over HTTP, for what its OpenAI-compatible address does not take: videos as files. Leaves out: policy (chat.ts), bodies
// (gemini-wire.ts), uploads (gemini-files.ts).
import { VideorftError } from '../base/errors.ts';
import type { Protocol } from './chat.ts';
import { createFileStore } from './gemini-files.ts';
import { geminiBody, readGemini, type Upload, uploadsOf } from './gemini-wire.ts';
import { postJson } from './http.ts';

export const geminiProtocol: Protocol = {
  address: ({ baseURL, model }) => `${baseURL.replace(/\/+$/, '')}/models/${encodeURIComponent(model)}:generateContent`,
  authorization: (key) => ({ 'x-goog-api-key': key }),
  open(line) {
    const { endpoint, headers, timeoutMs } = line;
    const url = geminiProtocol.address(endpoint);
    const { apiKeyEnv, model, imageDetail } = endpoint;
    if (imageDetail !== undefined)
      throw new VideorftError("imageDetail is of OpenAI's protocol, and Gemini's has no such field", {
        code: 'llm-image-detail',
        facts: { baseURL: endpoint.baseURL, imageDetail },
        fix: 'leave it out; extraBody: { generationConfig: { mediaResolution: "MEDIA_RESOLUTION_LOW" } } is what Gemini has',
      });
    const files = createFileStore(line);
    return (request) => {
      const { signal } = request;
      const uploads = uploadsOf(request);
      // Refuses at once, and once, what this protocol cannot send.
      const withoutUploads = geminiBody(request, endpoint);
      return async () => {
        const addresses = uploads.map(
          async (one): Promise<[Upload, string]> => [one, await files.address(one, signal)],
        );
        const uploaded = new Map(await Promise.all(addresses));
        const body = uploads.length > 0 ? geminiBody(request, endpoint, uploaded) : withoutUploads;
        return readGemini(await postJson({ url, body, headers, timeoutMs, signal, apiKeyEnv }), model, request);
      };
    };
  },
};
