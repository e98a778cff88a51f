// The cost model as a command: prints its tables, and with `write` puts them and the figure into docs/. Measures nothing and needs no peer.
import { writeFile } from 'node:fs/promises';
import { currentDocument, documentFile, filled, printed } from './document.ts';
import { figureFile, renderFigure } from './figure.ts';

export async function scalingTables({ write }: { readonly write: boolean }): Promise<string> {
  if (!write) return printed();
  await writeFile(documentFile, filled(currentDocument()));
  await writeFile(figureFile, await renderFigure());
  return `${documentFile}\n${figureFile}`;
}
