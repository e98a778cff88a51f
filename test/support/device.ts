// What runs the models of the parity tests: the cpu, or what VIDEORFT_TEST_DEVICE names (test/long/webgpu.test.ts sets it).
import { VideorftError } from '../../src/base/errors.ts';
import { compile, type Device, input, neg, type SessionOptions } from '../../src/engine/index.ts';

const device: Device = process.env.VIDEORFT_TEST_DEVICE === 'webgpu' ? 'webgpu' : 'cpu';
export const testSession: SessionOptions = { device };

/** Whether a graph can be run there. */
export async function canCompute(device: Device): Promise<boolean> {
  try {
    await (await compile({ y: neg(input('x', [1])) }, [], { device })).dispose();
    return true;
  } catch (error) {
    if (error instanceof VideorftError && error.code === 'engine-device') return false;
    throw error;
  }
}
