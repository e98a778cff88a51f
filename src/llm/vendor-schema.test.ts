// Bounds go, at every depth; properties that are called like bounds stay.
import { expect, test } from 'vitest';
import { vendorSchema } from './vendor-schema.ts';

test('shape stays, bounds go, names are names', () => {
  const schema = {
    type: 'object',
    properties: {
      format: { type: 'string', minLength: 1 },
      items: { type: 'array', minItems: 1, items: { anyOf: [{ type: 'number', minimum: 0 }, { enum: ['minimum'] }] } },
    },
    required: ['format', 'items'],
    additionalProperties: false,
  };
  expect(vendorSchema(schema)).toEqual({
    type: 'object',
    properties: {
      format: { type: 'string' },
      items: { type: 'array', items: { anyOf: [{ type: 'number' }, { enum: ['minimum'] }] } },
    },
    required: ['format', 'items'],
    additionalProperties: false,
  });
});
