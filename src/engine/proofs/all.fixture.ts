// Every proof of operations and gradients, for whoever runs them all: tests on other devices, benches.
import { compositions, pointwise } from './pointwise.fixture.ts';
import { layers, reducing } from './reducing.fixture.ts';
import { shaping } from './shaping.fixture.ts';
import { shortcuts } from './shortcuts.fixture.ts';

const byOperation = { ...pointwise, ...reducing, ...shaping };

export const allProofs = [...Object.values(byOperation).flat(), ...compositions, ...layers, ...shortcuts];
