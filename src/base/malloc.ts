// How glibc gives memory back. Left to itself it learns from large blocks that were freed to keep such blocks (mallopt(3),
// M_MMAP_THRESHOLD): after 37 sessions of ONNX Runtime 2 GB of a model in 8 bits stayed that way. A fixed threshold turns that off. It is read
// when a process begins, so the program begins anew, as the same process. Leaves out: other systems, whose allocators have no such habit.

/** Blocks of 4 MB and more are the system's again when they are freed; smaller ones stay as before, up to 64 MB. */
export const mallocEnv = {
  GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=4194304:glibc.malloc.trim_threshold=67108864',
} as const;

interface Started {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a parent talks with it over a channel, which would be lost. */
  readonly connected?: boolean;
}

export const wantsMallocEnv = ({ platform, env, connected }: Started): boolean =>
  platform === 'linux' && connected !== true && env.GLIBC_TUNABLES === undefined;

/** Does not return where it begins anew: same process, arguments, folder and streams. Called before anything else is done. */
export function beginWithMallocEnv(): void {
  if (!wantsMallocEnv(process) || typeof process.execve !== 'function') return;
  const { execPath, execArgv, argv, env } = process;
  process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], {
    ...(env as Record<string, string>),
    ...mallocEnv,
  });
}
