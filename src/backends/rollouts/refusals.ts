// What a server's refusals mean, and what to start it with. vLLM's words are as read in its source (LOG.md, 2026-11-27).
import { VideorftError } from '../../base/errors.ts';
import { startWith } from '../../llm/http.ts';

const fixes: Readonly<Record<number, string>> = {
  401: 'set rolloutServer.apiKeyEnv to the environment variable that holds the key',
  403: 'check what the API key may use',
  404: 'check the address: it ends in /v1',
  413: 'let the server take larger requests (videorft serve: --max-body-bytes)',
};

export const refusal = (url: string, status: number, said: string): VideorftError =>
  new VideorftError(`the server refused: ${said || `HTTP ${status}`}`, {
    code: 'rollouts-refused',
    facts: { url, status, said },
    fix: startWith(said) ?? fixes[status] ?? "read the server's message",
  });

export interface Refused {
  readonly status: number;
  readonly said: string;
}

/** Of an error that `refusal` made. */
export function refusedAs(error: unknown): Refused | undefined {
  if (!(error instanceof VideorftError) || error.code !== 'rollouts-refused') return undefined;
  return { status: Number(error.facts.status), said: String(error.facts.said) };
}

/** A model or adapter that the server does not have: vLLM "The model `x` does not exist.", videorft serve "there is no model x". */
export const isUnknownModel = ({ status, said }: Refused): boolean =>
  status === 404 && /does not exist|there is no model/i.test(said);

/** Answers about an adapter that waiting does not change although they are 500s, as vLLM's are. */
export const isAboutAdapter = (status: number, said: string): boolean =>
  status === 500 && /lora|adapter|target modules/i.test(said);

const START =
  'start vLLM with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, --enable-lora and --trust-request-mm-kwargs, or videorft serve with --adapters FOLDER';

/** Why an adapter was not loaded, with the way out. */
export function loadFailure({ status, said }: Refused, facts: { readonly path: string }, cause: unknown) {
  const off = (status === 404 && (/^not found$/i.test(said) || /--adapters/.test(said))) || status === 405;
  if (off || /not enabled/i.test(said))
    return new VideorftError('the server loads no adapters at run time', {
      code: 'rollouts-lora',
      facts: { status, said },
      fix: START,
      cause,
    });
  return new VideorftError(`the server could not load the adapter: ${said}`, {
    code: 'rollouts-adapter',
    facts: { ...facts, status },
    fix: fixOf(said),
    cause,
  });
}

function fixOf(said: string): string {
  const rank = /rank (\d+)/i.exec(said);
  if (/max_lora_rank/.test(said)) return `start vLLM with --max-lora-rank ${rank?.[1] ?? 'of at least lora.rank'}`;
  if (/no adapter found|there is no adapter|outside/i.test(said))
    return 'the folder must be on a disk that the server reads too: set rolloutServer.adapters, and rolloutServer.adaptersThere where the server sees it elsewhere';
  return "read the server's message";
}
