// Settings of the expert server: one schema, from which defaults and checks follow.
import { z } from 'zod';
import { reasonerDefaults } from '../reasoner/reason.ts';
import { refinerDefaults } from '../refiner/refine.ts';
import { faultSchema } from './faults.ts';

const share = z.number().min(0).max(1);

export const serverOptionsSchema = z.strictObject({
  port: z.number().int().min(0).max(65535).default(0).describe('0 takes any free port. Only 127.0.0.1 is bound.'),
  seed: z.number().int().default(0).describe('Goes into every mistake and every fault.'),
  mistakeRate: share
    .default(reasonerDefaults.mistakeRate)
    .describe('Reasoner: share of answers with a mistake about what is there.'),
  hardMistakeRate: share
    .default(reasonerDefaults.hardMistakeRate)
    .describe('Reasoner: the share in questions about contact, order, speed and what if.'),
  slipRate: share
    .default(reasonerDefaults.slipRate)
    .describe('Reasoner: share of wrong conclusions in other questions.'),
  overlooks: share
    .default(refinerDefaults.overlooks)
    .describe('Refiner: share of contradictions that it does not see.'),
  overlooksSubtle: share.default(refinerDefaults.overlooksSubtle).describe('Refiner: the same for subtle ones.'),
  passesSlips: share.default(refinerDefaults.passesSlips).describe('Refiner: share of slips of reasoning that pass.'),
  faults: z.array(faultSchema).default([]).describe('Faults on order, for tests.'),
  retryAfterSeconds: z.number().int().min(0).max(60).default(1).describe('Retry-After of a 429.'),
  hangSeconds: z
    .number()
    .min(0)
    .max(600)
    .default(120)
    .describe('How long a hanging request is held before it is dropped.'),
});

export type ServerOptions = z.output<typeof serverOptionsSchema>;
export type ServerOptionsInput = z.input<typeof serverOptionsSchema>;
