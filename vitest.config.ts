// Four suites: fast (npm test), long (servers, browser, crash tests), soak (full kill counts and fuzzing), interop (other projects' programs).
import { defineConfig } from 'vitest/config';

const suite = (name: string, include: string[], testTimeout: number) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    globalSetup: ['test/support/temporary.ts'],
    projects: [
      suite('fast', ['src/**/*.test.ts', 'test/*.test.ts', 'test/parity/*.test.ts'], 120_000),
      suite('long', ['test/long/**/*.test.ts'], 600_000),
      suite('soak', ['test/soak/**/*.test.ts'], 3_600_000),
      suite('interop', ['test/interop/**/*.test.ts'], 1_800_000),
    ],
  },
});
