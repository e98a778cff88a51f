// The Hub's HTTP interface, as far as data sets need it: the files of a repository with their sizes, and their content. Any server
// that speaks it will do (a mirror, a test). Leaves out: where files are put (download.ts).
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import type { HubConfig } from '../../data/hub-config.ts';
import { patientFetch } from '../../llm/patient-fetch.ts';

export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** Of the content, where the Hub says (large files). */
  readonly sha256?: string;
}

/** What the Hub says of files and folders. */
const treeSchema = z.array(
  z.object({ type: z.string(), path: z.string(), size: z.number(), lfs: z.object({ oid: z.string() }).nullish() }),
);

export interface HubRepo {
  /** owner/name. */
  readonly name: string;
  readonly hub: HubConfig;
}

const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');

/** All files of the repository. Throws `hub-unreachable`, `hub-refused`, `hub-missing`, `hub-answer`. */
export async function listFiles(repo: HubRepo, signal?: AbortSignal): Promise<HubFile[]> {
  const { name, hub } = repo;
  const files: HubFile[] = [];
  const base = hub.endpoint.replace(/\/$/, '');
  let url: string | undefined =
    `${base}/api/datasets/${encoded(name)}/tree/${encodeURIComponent(hub.revision)}?recursive=true`;
  while (url !== undefined) {
    const response: Response = await ask(url, repo, {}, signal);
    for (const { type, path, size, lfs } of await entriesOf(response, repo, signal)) {
      if (type === 'file') files.push({ path: inside(path, name), bytes: size, sha256: lfs?.oid });
    }
    url = nextPage(response.headers.get('link'), url);
  }
  return files;
}

async function entriesOf(response: Response, { name, hub }: HubRepo, signal?: AbortSignal) {
  try {
    return treeSchema.parse(await response.json());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new VideorftError(`What ${hub.endpoint} says about ${name} is no list of files, or breaks off.`, {
      code: 'hub-answer',
      facts: { dataset: name, endpoint: hub.endpoint },
      fix: 'Try again; where that does not help, check hub.endpoint, and that no proxy answers in its place.',
      cause,
    });
  }
}

/** Paths become files here, so none may lead out of its folder. */
function inside(path: string, dataset: string): string {
  if (!isAbsolute(path) && !path.split(/[\\/]/).includes('..')) return path;
  throw new VideorftError(`The Hub lists a path of ${dataset} that leads out of its folder.`, {
    code: 'hub-path',
    facts: { dataset, path },
    fix: 'Do not use this data set, and tell the Hub.',
  });
}

/** The next page, as the Link header names it; only on the same host, for the token goes along. */
function nextPage(link: string | null, url: string): string | undefined {
  const next = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '')?.[1];
  const parsed = next === undefined ? null : URL.parse(next, url);
  return parsed && parsed.origin === new URL(url).origin ? parsed.href : undefined;
}

/** The content of a file from a byte on. Throws as listFiles. */
export async function openFile(repo: HubRepo, path: string, from: number, signal?: AbortSignal): Promise<Response> {
  const base = repo.hub.endpoint.replace(/\/$/, '');
  const url = `${base}/datasets/${encoded(repo.name)}/resolve/${encodeURIComponent(repo.hub.revision)}/${encoded(path)}`;
  return ask(url, repo, from > 0 ? { range: `bytes=${from}-` } : {}, signal);
}

async function ask(
  url: string,
  repo: HubRepo,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<Response> {
  const token = process.env[repo.hub.tokenEnv];
  const init = { headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) }, signal };
  const response = await patientFetch(url, init).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw unreachable(repo, cause);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw refused(url, repo, response.status);
}

function unreachable({ name, hub }: HubRepo, cause: unknown): VideorftError {
  const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return new VideorftError(`The Hub at ${hub.endpoint} cannot be reached.`, {
    code: 'hub-unreachable',
    facts: { dataset: name, endpoint: hub.endpoint },
    fix: 'Check the network, or set hub.endpoint to a mirror; a data set that is on this machine can be given as a file or a folder.',
    cause: why,
  });
}

function refused(url: string, { name, hub }: HubRepo, status: number): VideorftError {
  const facts = { dataset: name, revision: hub.revision, url, status };
  if (status === 404) {
    const fix = 'Check owner/name and hub.revision.';
    return new VideorftError(`The Hub has no data set ${name}, or not this file of it.`, {
      code: 'hub-missing',
      facts,
      fix,
    });
  }
  const fix =
    status === 401 || status === 403
      ? `Accept the data set's terms on its page, and put a token into ${hub.tokenEnv}.`
      : 'Try again later; what has been fetched stays.';
  return new VideorftError(`The Hub refuses ${name} with status ${status}.`, { code: 'hub-refused', facts, fix });
}
