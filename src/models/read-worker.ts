// A thread that reads weights; started by read-tensors.ts.
import { answerTasks } from '../base/threads.ts';
import { memoryOf } from './hold.ts';
import { Readers, readTensor, type TensorTask } from './read-tensors.ts';

const readers = new Readers();
answerTasks(
  async (task: TensorTask) => readTensor(await readers.of(task.file), task),
  'model-weights-thread',
  memoryOf,
);
