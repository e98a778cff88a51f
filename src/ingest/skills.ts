// The skill group of a sample by where it comes from (METHOD.md section 1 names the five groups; docs/METHOD.md has them too). The
// table knows the folders and sources of the published sets; a configuration may say more. Leaves out: asking a model.
import type { Sample, Skill } from '../data/sample.ts';

/** By folder of the published sets, by name of a source set, or by benchmark; lower case. */
const table = new Map<string, Skill>(
  Object.entries({
    general: 'general',
    'llava-video-178k': 'general',
    'next-qa': 'general',
    nextqa: 'general',
    'activitynet-qa': 'general',
    'a-okvqa': 'general',
    sharegpt4v: 'general',
    allava: 'general',
    videomme: 'general',
    'video-mme': 'general',
    math: 'mathematics',
    mathematics: 'mathematics',
    geoqa: 'mathematics',
    geometry3k: 'mathematics',
    'clevr-math': 'mathematics',
    mathvision: 'mathematics',
    mathvista: 'mathematics',
    'multimath-300k': 'mathematics',
    unigeo: 'mathematics',
    knowledge: 'science',
    science: 'science',
    scienceqa: 'science',
    ai2d: 'science',
    tqa: 'science',
    'path-vqa': 'science',
    pmc_vqa: 'science',
    mmvu: 'science',
    videommmu: 'science',
    document: 'document',
    chart: 'document',
    ocr: 'document',
    chartqa: 'document',
    docvqa: 'document',
    dvqa: 'document',
    figureqa: 'document',
    infographicsvqa: 'document',
    plotqa: 'document',
    textvqa: 'document',
    spatial: 'spatiotemporal',
    clevr: 'spatiotemporal',
    clevrer: 'spatiotemporal',
    perceptiontest: 'spatiotemporal',
    star: 'spatiotemporal',
    vsibench: 'spatiotemporal',
    'vsi-bench': 'spatiotemporal',
    mvbench: 'spatiotemporal',
    tempcompass: 'spatiotemporal',
  } as const),
);

/** The sample's own group, else that of its data_source, of a folder of its path from the first on, or of its source's name. */
export function skillOf(
  sample: Sample,
  source: string,
  configured: Readonly<Record<string, Skill>>,
): Skill | undefined {
  if (sample.skill !== undefined) return sample.skill;
  const own = new Map(Object.entries(configured).map(([name, skill]) => [name.toLowerCase(), skill]));
  const names = [...namesIn(sample.data_source ?? ''), ...namesIn(sample.path).slice(0, -1), ...namesIn(source)];
  const found = names.find((name) => own.has(name)) ?? names.find((name) => table.has(name));
  return found === undefined ? undefined : (own.get(found) ?? table.get(found));
}

/** The whole text and its parts between slashes; an address is no name. */
function namesIn(text: string): string[] {
  const lower = text.toLowerCase();
  return lower.includes('://') ? [] : [lower, ...lower.split('/').filter((part) => part !== '' && part !== '.')];
}
