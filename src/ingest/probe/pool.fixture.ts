// Stands in for child.ts in pool.test.ts: a process that does what a file's name says: hangs, dies, or answers with its own number.
process.on('disconnect', () => process.exit());
process.on('message', ({ file }: { file: string }) => {
  if (file === 'hang') for (;;) Math.sqrt(2);
  if (file === 'die') process.abort();
  if (file === 'exit') process.exit(3);
  process.send?.({ facts: { kind: 'video', sha256: String(process.pid) } });
});
