// The report of result files, to be drawn as a page or written as Markdown. Its parts are in the eval-*.ts files. Leaves out: gathering the data.
import type { ReportDocument, Section } from './document.ts';
import type { EvalReport } from './eval-data.ts';
import { reflectionSection } from './eval-reflection.ts';
import { sampleSection } from './eval-samples.ts';
import { errorSection, groupSection, pairSections, paperSection, resultSection } from './eval-scores.ts';

function factsSection({ results }: EvalReport): Section {
  const names = [...new Set(results.flatMap(({ facts }) => Object.keys(facts)))];
  const rows = names.map((name) => [name, ...results.map(({ facts }) => facts[name] ?? '–')]);
  const words = results.map((_, i) => i + 1);
  return {
    id: 'manifest',
    title: 'What a stranger needs',
    blocks: [
      { text: 'From the manifests; the whole of each lies beside its result file.' },
      { table: { head: ['', ...results.map(({ label }) => label)], rows, words } },
    ],
  };
}

export function evalDocument(report: EvalReport): ReportDocument {
  const { results, runs } = report;
  const scored = results.length > 0;
  const sections = [
    ...(scored ? [resultSection(report), paperSection(report), ...pairSections(report)] : []),
    ...(scored ? [groupSection(report), errorSection(report)] : []),
    reflectionSection(report),
    ...(scored ? [sampleSection(report), factsSection(report)] : []),
  ];
  const counted = [
    `${results.length} result ${results.length === 1 ? 'file' : 'files'}`,
    ...(runs.length > 0 ? [`${runs.length} GRPO ${runs.length === 1 ? 'run' : 'runs'}`] : []),
  ];
  return {
    title: 'VideoRFT evaluation',
    lead: [`${counted.join(' and ')}. Every score is computed from the stored outputs when this page is made.`],
    commands: [report.command],
    sections: sections.filter((section) => section !== undefined),
    footer: 'The same without frames and figures is in the Markdown file beside this page.',
  };
}
