// videorft/engine: trace a model, differentiate it, compile it to ONNX, run it.
export { checkGraph, type Update } from './check.ts';
export { type Compiled, compile, type Runnable } from './compile.ts';
export { gradients } from './grad.ts';
export { checkpoint, type DType, isOp, type Node, printGraph, type Shape, topologicalOrder } from './graph.ts';
export { peakBytes } from './liveness.ts';
export * from './ops.ts';
export {
  type AdamWOptions,
  adamw,
  adamwScalars,
  globalNorm,
  type Schedule,
  scheduleAt,
  zeroMoments,
} from './optimizer.ts';
export { ProgramCache } from './program-cache.ts';
export {
  type Bits,
  BLOCK,
  freeQuantized,
  type QuantizedMatrix,
  quantize,
  quantizer,
} from './quantized.ts';
export { compileRows } from './row-program.ts';
export {
  type Buffer,
  bytesOf,
  createBuffer,
  type Device,
  f32,
  i32,
  listDevices,
  runtimeVersion,
  type SessionOptions,
  traffic,
} from './runtime/ort.ts';
export { release } from './runtime/residence.ts';
export { clear, hostCopies, toHost, zeroBuffer } from './runtime/transfer.ts';
export { type StepGraph, type StepResult, Trainer } from './trainer.ts';
