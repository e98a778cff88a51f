// The engine's promises and the parity suite, reduced, on WebGPU: on this machine's GPU, or on SwiftShader, a Vulkan driver that computes on
// the cpu (Debian's chromium-common beside libvulkan1). In processes of their own, since Vulkan reads its driver's place once.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const vitest = join(root, 'node_modules/vitest/vitest.mjs');

/** Proofs, training, decoding; Qwen2.5-VL, LoRA, several clips at once, SigLIP, CLIP. */
const suites = [
  'webgpu',
  ...['qwen2_5_vl', 'lora', 'whole', 'siglip', 'siglip-folder', 'clip'].map((name) => `parity/${name}`),
];

const environment = (driver: string | undefined) => ({
  ...process.env,
  VIDEORFT_TEST_DEVICE: 'webgpu',
  ...(driver ? { VK_ICD_FILENAMES: driver } : {}),
});

/** undefined: this machine's own; false: none can be reached. */
function findDriver(): string | undefined | false {
  const probe = `import { canCompute } from './test/support/device.ts'; process.exit((await canCompute('webgpu')) ? 0 : 3)`;
  const works = (driver: string | undefined) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', probe], { cwd: root, env: environment(driver) })
      .status === 0;
  if (works(undefined)) return undefined;
  return existsSync(SWIFTSHADER) && works(SWIFTSHADER) ? SWIFTSHADER : false;
}

const driver = findDriver();
const why = 'skipped: no GPU, and no SwiftShader (apt-get install chromium-common libvulkan1)';

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs the suites; what vitest reports. */
function run(device: string | undefined): Promise<Report> {
  const report = join(mkdtempSync(join(tmpdir(), 'webgpu-')), 'report.json');
  const files = suites.map((name) => `test/${name}.test.ts`);
  const flags = ['--testTimeout', '1200000', '--reporter=json', `--outputFile=${report}`];
  const args = [vitest, 'run', '--project', 'fast', ...flags, ...files];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env: environment(device), maxBuffer: 2 ** 26 }, () =>
      resolve(JSON.parse(readFileSync(report, 'utf8')) as Report),
    );
  });
}

const title = `the parity suite on WebGPU (${driver === false ? why : (driver ?? "this machine's GPU")})`;

test.skipIf(driver === false)(title, { timeout: 1_800_000 }, async () => {
  const { testResults } = await run(driver || undefined);
  expect(testResults.length).toBe(suites.length);
  const all = testResults.flatMap((file) => file.assertionResults);
  expect(all.length).toBeGreaterThan(30);
  const wrong = all.filter((one) => one.status !== 'passed');
  expect(wrong.map((one) => [one.fullName, one.status, ...one.failureMessages])).toEqual([]);
});
