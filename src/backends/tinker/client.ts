// A session with a Tinker-compatible server (INTEROP: SkyRL, the hosted service, TuFT): heartbeats, and futures, that is requests whose
// result is fetched by long polling under every status a server may answer. Leaves out: HTTP policy (transport.ts), models (model.ts).
import { VideorftError } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import { PENDING, type Transport } from '../transport.ts';
import { refusal, type TinkerTransportOptions, tinkerTransport } from './transport.ts';
import { acceptedSchema, read, sessionSchema, tryAgainSchema } from './wire.ts';

export interface ClientOptions extends Omit<TinkerTransportOptions, 'signal'> {
  /** Limit for one poll of a future; the server ends it earlier with 408 or try_again. */
  readonly pollMs?: number;
  readonly heartbeatMs?: number;
}

/** A request under way. */
export interface Pending<T> {
  /** Resolves when the server has taken it; fails where the result does without having been taken. */
  readonly accepted: Promise<unknown>;
  readonly result: Promise<T>;
}

/** How often a request whose future the server lost (410) is sent again. */
const RESENDS = 5;
/** Heartbeats in a row after whose failure somebody should know. */
const MISSED = 12;

export class TinkerClient {
  readonly transport: Transport;
  readonly sessionId: string;
  private readonly options: ClientOptions;
  private readonly ended: AbortController;
  private readonly beat: NodeJS.Timeout;
  /** Numbers what belongs to the session: models, sampling sessions. */
  private counter = 0;
  private readonly paused = new Set<string>();
  /** Heartbeats in a row that failed. */
  private missed = 0;

  private constructor(transport: Transport, ended: AbortController, sessionId: string, options: ClientOptions) {
    this.transport = transport;
    this.ended = ended;
    this.sessionId = sessionId;
    this.options = options;
    this.beat = setInterval(() => void this.heartbeat(), options.heartbeatMs ?? 10_000);
    this.beat.unref();
  }

  static async connect(options: ClientOptions): Promise<TinkerClient> {
    const ended = new AbortController();
    const transport = tinkerTransport({ ...options, signal: ended.signal });
    const body = { type: 'create_session', tags: ['videorft'], user_metadata: null, sdk_version: 'videorft' };
    const session = read(sessionSchema, await transport.json('/create_session', { body }), 'create_session');
    for (const said of [session.warning_message, session.error_message]) if (said) log.warn(`server: ${said}`);
    return new TinkerClient(transport, ended, session.session_id, options);
  }

  next(): number {
    return ++this.counter;
  }

  /** Without it a server unloads the session's models after some minutes. One that is missed is made up for by the next. */
  private async heartbeat(): Promise<void> {
    const body = { session_id: this.sessionId, type: 'session_heartbeat' };
    const call = { body, timeoutMs: 10_000, patienceMs: 0 };
    const error = await this.transport.json('/session_heartbeat', call).then(
      () => undefined,
      (e: Error) => e,
    );
    this.missed = error ? this.missed + 1 : 0;
    if (error && this.missed === MISSED) log.warn(`no heartbeat has reached the server: ${error.message}`);
  }

  /** Sends a request and fetches its result. Errors: as Transport, and tinker-failed. */
  future<T>(path: string, body: object, convert: (result: unknown) => T, signal?: AbortSignal): Pending<T> {
    const send = async () => {
      const answer = await this.transport.json(path, { body, signal });
      return read(acceptedSchema, answer, path).request_id;
    };
    const accepted = send();
    const result = (async () => {
      let id = await accepted;
      for (let sent = 1; ; sent++) {
        const value = await this.poll(path, id, signal);
        if (value !== GONE) return convert(value);
        if (sent > RESENDS) throw failed(path, 'the server lost its result again and again', 'server');
        id = await send();
      }
    })();
    return { accepted, result };
  }

  /** The result of a request that was sent already. */
  async follow(path: string, answer: unknown, signal?: AbortSignal): Promise<unknown> {
    const value = await this.poll(path, read(acceptedSchema, answer, path).request_id, signal);
    if (value === GONE) throw failed(path, 'the server lost its result', 'server');
    return value;
  }

  private async poll(path: string, request_id: string, signal: AbortSignal | undefined): Promise<unknown> {
    const kind = path.slice(1);
    const timeoutMs = this.options.pollMs ?? 330_000;
    for (let iteration = 0; ; iteration++) {
      const headers = { 'x-tinker-request-iteration': String(iteration), 'x-tinker-request-type': kind };
      const call = { body: { request_id, allow_metadata_only: false }, headers, timeoutMs, signal, isPoll: true };
      const answer = await this.transport.json('/retrieve_future', call).catch((error: unknown) => {
        if (isGone(error)) return GONE;
        throw failedRequest(path, error);
      });
      if (answer === PENDING) continue;
      const again = tryAgainSchema.safeParse(answer);
      if (!again.success) return refuseFailure(path, answer);
      this.tellPause(again.data.queue_state, again.data.queue_state_reason);
    }
  }

  /** Once per state: a paused queue is not an error, but somebody should know. */
  private tellPause(state: string, reason: string | null | undefined): void {
    if (state === 'active' || this.paused.has(state)) return;
    this.paused.add(state);
    log.warn(`the server's queue is ${state.replaceAll('_', ' ')}${reason ? `: ${reason}` : ''}; waiting`);
  }

  /** Ends what is still under way: nobody waits for it, and the program could not end before the server's patience does. */
  close(): void {
    clearInterval(this.beat);
    this.ended.abort();
  }
}

const GONE = Symbol('gone');

const statusOf = (error: unknown) => (error instanceof VideorftError ? error.facts.status : undefined);
const isGone = (error: unknown) => statusOf(error) === 410;

const failed = (path: string, said: string, category: string) =>
  new VideorftError(`${path.slice(1)} failed on the server: ${said}`, {
    code: 'tinker-failed',
    facts: { request: path.slice(1), category },
    fix: "read the server's log; started again, the run goes on from its last checkpoint",
  });

/** SkyRL answers 400 for a request that failed, whatever the reason. */
const failedRequest = (path: string, error: unknown) =>
  statusOf(error) === 400 && (error as VideorftError).code === 'tinker-refused'
    ? failed(path, String((error as VideorftError).facts.said), 'unknown')
    : error;

/** The hosted service tells a failure as a result. */
function refuseFailure(path: string, answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('error' in answer) || !('category' in answer)) return answer;
  const [said, category] = [String(answer.error), String(answer.category)];
  const lost = refusal(path, 400, said);
  throw lost.code === 'tinker-lost' ? lost : failed(path, said, category);
}
