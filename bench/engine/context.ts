// What every part of the bench is given: shapes, how to start both sides, how often to repeat, the machine's limits.
import type { Limits } from './protocol.ts';
import type { Shapes, Size, SizeName } from './shapes.ts';
import type { Starts } from './sides.ts';

export interface Context {
  readonly shapes: Shapes;
  readonly sizeName: SizeName;
  readonly size: Size;
  readonly repeats: Size['repeats'];
  readonly starts: Starts;
  readonly limits: Limits;
  /** Says what is being done, to standard error. */
  readonly log: (message: string) => void;
}
