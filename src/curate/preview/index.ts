// `videorft curate --preview`: what would be asked, in the terminal and as preview.html in the output folder.
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import type { CurateConfig } from '../config.ts';
import { collectPreview, type PreviewTools } from './collect.ts';
import { renderPreview } from './page.ts';
import { formatPreview } from './text.ts';

/** Writes the page, and returns what the terminal shows, the page's path last. */
export async function previewCuration(config: CurateConfig, count: number, tools: PreviewTools): Promise<string> {
  const preview = await collectPreview(config, count, tools);
  const page = join(config.out, 'preview.html');
  await writeFileAtomic(page, renderPreview(preview, config));
  return `${formatPreview(preview, config)}\n\n${page}`;
}
