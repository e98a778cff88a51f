// A thread that reads weights; started by read-tensors.ts, which ends it, and with it the files that it has open.
import { answerTasks } from '../base/threads.ts';
import { memoryOf } from './hold.ts';
import { Readers, readTensor, type TensorTask } from './read-tensors.ts';

const readers = new Readers();
answerTasks(
  async (task: TensorTask) => readTensor(await readers.of(task.file), task),
  'model-weights-thread',
  memoryOf,
);
