// What both sides are asked and answer: a model folder opened, one prompt and the tokens after it. `pass` answers as `generate` does
// (../engine/protocol.ts).

export interface OpenPass {
  readonly dir: string;
  readonly threads: number;
  readonly tokens: readonly number[];
  /** Tokens that are made after the prompt, greedily. */
  readonly made: number;
  /** Ours only: how matrices are held. */
  readonly dtype: 'f32' | 'f16' | 'int8' | 'int4';
}

export interface OpenedPass {
  /** From the folder to weights in memory, programs not included. */
  readonly seconds: number;
}
