// analysis.html: one self-contained page from plain data, without scripts. Its parts are in page-*.ts. Leaves out: gathering (collect.ts).
import { html, type PageSection, renderPage } from '../report/index.ts';
import type { Analysis } from './analysis.ts';
import { duplicatesSection, methodSection, refinementSection, similaritySection } from './page-checks.ts';
import { glance, kindsSection, lengthsSection } from './page-kinds.ts';
import { cloudsSection, distinctiveSection, reflectionSection } from './page-words.ts';

export async function renderAnalysis(analysis: Analysis): Promise<string> {
  const { sets } = analysis;
  const hasChains = sets.some(({ words }) => words !== null);
  const isRefined = sets.some(({ refinement }) => refinement !== null);
  const isCompared = sets.some(({ similarities }) => similarities.length > 0);
  const sections: (PageSection | false)[] = [
    { id: 'glance', title: 'At a glance', body: glance(analysis) },
    { id: 'kinds', title: 'What is asked', body: await kindsSection(analysis) },
    { id: 'lengths', title: 'How long', body: await lengthsSection(analysis) },
    hasChains && { id: 'words', title: 'Words', body: cloudsSection(analysis) },
    hasChains && { id: 'distinctive', title: 'Distinctive words', body: await distinctiveSection(analysis) },
    hasChains && { id: 'reflection', title: 'Reflection', body: reflectionSection(analysis) },
    isRefined && { id: 'refinement', title: 'Refinement', body: await refinementSection(analysis) },
    isCompared && { id: 'similarity', title: 'Open-ended answers', body: await similaritySection(analysis) },
    { id: 'duplicates', title: 'Duplicates', body: duplicatesSection(analysis) },
    { id: 'method', title: 'How this was counted', body: methodSection(analysis) },
  ];
  return renderPage({
    title: sets.map(({ name }) => name).join(' and '),
    lead: html`<p class="lead">What ${sets.length > 1 ? 'these data sets hold' : 'this data set holds'}: skills and answer types, lengths, words, reflection, edits and duplicates.</p>`,
    sections: sections.filter((section) => section !== false),
    footer: html`Made by <code>videorft analyze</code>. The same numbers are in analysis.json beside this file.`,
  });
}
