// The one error class of the product: what went wrong, the facts (file, sample id, …), and what to do next.
// Leaves out: printing; the command line renders it (cli/), the pipelines quarantine by its `code`.

export interface ErrorFacts {
  /** Short machine-readable kind, kebab-case, stable: 'media-decode', 'config-unknown-key'. */
  readonly code: string;
  /** Facts a person needs to find the spot: file, sample, line, expected, got. */
  readonly facts?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** What to do next, one sentence in the imperative. */
  readonly fix?: string;
  readonly cause?: unknown;
}

export class VideorftError extends Error {
  readonly code: string;
  readonly facts: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly fix: string | undefined;

  constructor(message: string, { code, facts = {}, fix, cause }: ErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'VideorftError';
    this.code = code;
    this.facts = facts;
    this.fix = fix;
  }

  /** Message, facts and fix on lines of their own, as the command line prints them. */
  describe(): string {
    const facts = Object.entries(this.facts).filter(([, value]) => value !== undefined);
    const lines = [this.message, ...facts.map(([key, value]) => `  ${key}: ${value}`)];
    if (this.cause instanceof Error) lines.push(`  cause: ${this.cause.message}`);
    if (this.fix) lines.push(`  fix: ${this.fix}`);
    return lines.join('\n');
  }
}

/** One line for logs and quarantine files, whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof VideorftError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
