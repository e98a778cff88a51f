// The trainers that a launch folder can be written for.
import type { EngineName } from '../config.ts';
import type { Engine } from '../engine.ts';
import { easyr1 } from './easyr1.ts';
import { llamaFactory } from './llama-factory.ts';
import { msSwift } from './ms-swift.ts';
import { openrlhf } from './openrlhf.ts';
import { trl } from './trl.ts';
import { verl } from './verl.ts';

export const engines: Readonly<Record<EngineName, Engine>> = {
  'ms-swift': msSwift,
  verl,
  openrlhf,
  easyr1,
  trl,
  'llama-factory': llamaFactory,
};
