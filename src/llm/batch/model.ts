// A chat model that asks by OpenAI's batch interface: requests are gathered, uploaded as one file, and wait until the vendor has answered them, hours
// later. Batches under way are in the caller's store, so that the next process waits for them too instead of asking again.
// Leaves out: the calls (client.ts) and the files (lines.ts).
import { VideorftError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import { sleep } from '../../base/limit.ts';
import { type ChatOptions, headersOf, retryPolicy } from '../chat.ts';
import type { BatchSettings, Endpoint } from '../config.ts';
import { openaiProtocol } from '../openai.ts';
import type { AttemptJournal, BatchStore, ChatModel, ChatRequest, ChatResponse } from '../port.ts';
import { AttemptFailure, type RetryTools, withRetry } from '../retry.ts';
import { readCompletion, requestBody } from '../wire.ts';
import { createBatchClient } from './client.ts';
import { createFleet, type Fleet, type Question } from './fleet.ts';
import { bodyOf } from './lines.ts';

/** For callers that keep no account: batches are known to this process only. */
const noStore: BatchStore = { all: async () => [], save: async () => {}, remove: async () => {} };
const noJournal: AttemptJournal = { failures: 0, begin: async () => {}, fail: async () => {} };

/** As `createOpenAIModel`; a batch interface that does not work is `llm-batch`, which should stop a run. */
export function createBatchModel(endpoint: Endpoint, settings: BatchSettings, options: ChatOptions = {}): ChatModel {
  if (endpoint.protocol !== 'openai') throw noBatches(endpoint);
  const headers = headersOf(openaiProtocol, endpoint, options);
  const tools: RetryTools = { now: Date.now, random: Math.random, sleep, ...options.tools };
  const policy = retryPolicy(endpoint, options);
  const client = createBatchClient({ endpoint, headers, policy, tools });
  const name = `${endpoint.baseURL} ${endpoint.model}`;
  let fleet: Fleet | undefined;
  const chat = async (request: ChatRequest): Promise<ChatResponse> => {
    const { signal, journal = noJournal } = request;
    fleet ??= createFleet({ client, settings, endpoint: name, store: journal.batch?.store ?? noStore });
    const ships = fleet;
    const question = { ...named(request, endpoint), journal, signal };
    const attempt = async () => {
      const { line, batch } = await ships.ask(question);
      try {
        return readCompletion(bodyOf(line, batch), endpoint.model, request);
      } catch (error) {
        if (error instanceof AttemptFailure) await journal.fail(error.kind);
        throw error;
      }
    };
    const facts = { model: endpoint.model, url: endpoint.baseURL, sample: request.sampleId };
    const { value, attempts } = await withRetry(attempt, { policy, tools, signal, facts, failures: journal.failures });
    return { ...value, attempts };
  };
  return { name: endpoint.model, chat, finish: async () => fleet?.finish() };
}

/** A body with its frames is made for its name, and again when it departs: nobody holds it for the hours between. */
function named(request: ChatRequest, endpoint: Endpoint): Pick<Question, 'id' | 'bytes' | 'body'> {
  const body = () => Buffer.from(requestBody(request, endpoint)).toString();
  const text = body();
  // Short, as a store holds the names of all requests.
  const id = sha256(`${request.journal?.batch?.name ?? ''} ${text}`).slice(0, 32);
  return { id, bytes: Buffer.byteLength(text), body };
}

const noBatches = ({ protocol, model }: Endpoint) =>
  new VideorftError('Batches are built for the protocol openai only.', {
    code: 'llm-batch',
    facts: { protocol, model },
    fix: 'Set batch.use to false for this expert.',
  });
