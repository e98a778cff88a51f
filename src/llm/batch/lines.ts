// The files of OpenAI's batch interface: requests as JSON lines, and what the lines that come back mean. Pure. Leaves out: sending (client.ts).
import { z } from 'zod';
import { AttemptFailure, kindOfStatus, verdictOfStatus } from '../retry.ts';

/** What every batch of chat completions asks, whatever the address is. */
export const ENDPOINT = '/v1/chat/completions';

/** `body` is JSON already. */
export const requestLine = (name: string, body: string): string =>
  `{"custom_id":${JSON.stringify(name)},"method":"POST","url":"${ENDPOINT}","body":${body}}\n`;

const lineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.number(), body: z.unknown() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});
export type ResultLine = z.output<typeof lineSchema>;

/** Lines of an output or error file, by name; a line that cannot be read is none. */
export function readLines(text: string): Map<string, ResultLine> {
  const lines = new Map<string, ResultLine>();
  for (const row of text.split('\n')) {
    if (row.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(row);
    } catch {
      continue;
    }
    const parsed = lineSchema.safeParse(value);
    if (parsed.success) lines.set(parsed.data.custom_id, parsed.data);
  }
  return lines;
}

export const batchSchema = z.object({
  id: z.string(),
  status: z.string(),
  input_file_id: z.string().nullish(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  errors: z
    .object({ data: z.array(z.object({ code: z.string().nullish(), message: z.string().nullish() })).nullish() })
    .nullish(),
});
export type BatchState = z.output<typeof batchSchema>;

/** The statuses that do not change any more. */
const OVER = new Set(['completed', 'failed', 'expired', 'cancelled']);
export const isOver = ({ status }: BatchState): boolean => OVER.has(status);

/** The account's room for waiting requests is full, or it is asked too often: later it may not be. */
const isLimit = (code: string) => /limit|quota/.test(code) && !/billing|insufficient/.test(code);

/** The body of a completion. Throws AttemptFailure for a line that holds none, or for none at all. */
export function bodyOf(line: ResultLine | undefined, batch: BatchState): unknown {
  if (line?.response && line.response.status_code < 400 && !line.error) return line.response.body;
  if (line?.response && line.response.status_code >= 400) {
    const { status_code: status, body } = line.response;
    const said = (body as { error?: { message?: unknown } } | null)?.error?.message;
    const outcome = `HTTP ${status} in the batch${typeof said === 'string' ? ` (${said.slice(0, 200)})` : ''}`;
    throw new AttemptFailure(outcome, kindOfStatus(status), verdictOfStatus(status));
  }
  throw batchFailure(line?.error?.code ?? '', line?.error?.message ?? undefined, batch);
}

function batchFailure(code: string, message: string | undefined, { status, errors }: BatchState): AttemptFailure {
  const first = errors?.data?.[0];
  const said = [code || first?.code, message ?? first?.message].filter(Boolean).join(': ').slice(0, 200);
  const outcome = `the batch is ${status}${said ? ` (${said})` : ''}`;
  if (status === 'failed') {
    if (isLimit(code || (first?.code ?? ''))) return new AttemptFailure(outcome, 'rate-limit', 'later');
    return new AttemptFailure(outcome, 'rejected', 'never', {
      fix: "Read the endpoint's message; smaller batches: batch.requests, batch.megabytes.",
    });
  }
  if (status === 'expired' || code === 'batch_expired') return new AttemptFailure(outcome, 'timeout', 'again');
  if (status === 'cancelled' || code === 'batch_cancelled') return new AttemptFailure(outcome, 'server-error', 'again');
  return new AttemptFailure(said ? outcome : 'no line in the batch', said ? 'server-error' : 'broken-body', 'again');
}
