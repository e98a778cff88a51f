// A setting of a trainer and where its value comes from: every line of a written configuration says it. Pure. Leaves out: what each trainer
// calls its settings (engines/).
import { Document, isScalar, isSeq } from 'yaml';
import { type GrpoKnobs, grpoDefaults, type SftKnobs, sftDefaults } from './config.ts';

/** `paper`: in its text; `released`: in the authors' training scripts; `yours`: set at export; `ours`: chosen here, and why. */
export type Origin = 'paper' | 'released' | 'yours' | 'ours';
export type Value = string | number | boolean | readonly string[];

export interface Setting {
  /** As the trainer spells it; dots make nested keys. */
  readonly key: string;
  readonly value: Value;
  readonly origin: Origin;
  readonly why?: string;
}

export const ours = (key: string, value: Value, why: string): Setting => ({ key, value, origin: 'ours', why });
export const paper = (key: string, value: Value, why?: string): Setting => ({ key, value, origin: 'paper', why });
export const released = (key: string, value: Value, why?: string): Setting => ({ key, value, origin: 'released', why });

interface Source {
  readonly origin: Origin;
  readonly why?: string;
}
const [inPaper, inScripts]: Source[] = [{ origin: 'paper' }, { origin: 'released' }];
const epsilon: Source = { origin: 'ours', why: 'Eq. 4 clips, but no number is published' };
const warmup: Source = { origin: 'ours', why: 'no warm-up is published' };
const seed: Source = { origin: 'ours', why: 'any number' };

const optimizer = { learningRate: inScripts, schedule: inScripts, weightDecay: inScripts, maxGradNorm: inScripts };

const sftSources: Readonly<Record<keyof SftKnobs, Source>> = {
  ...optimizer,
  ...{ epochs: inPaper, batchSize: inScripts, warmupSteps: warmup, seed },
};
const grpoSources: Readonly<Record<keyof GrpoKnobs, Source>> = {
  ...optimizer,
  ...{ steps: inPaper, questions: inScripts, groupSize: inScripts, maxTokens: inScripts, temperature: inScripts },
  ...{ topP: inScripts, clipLow: epsilon, clipHigh: epsilon, beta: inScripts, warmupSteps: warmup, seed },
};

/** The setting of a knob: `value` where the trainer counts in other units. */
export type KnobSetting<T> = (key: string, knob: keyof T, value?: Value) => Setting;

const knobs =
  <T extends object>(config: T, defaults: T, sources: Readonly<Record<keyof T, Source>>): KnobSetting<T> =>
  (key, knob, value = config[knob] as Value) =>
    config[knob] === defaults[knob] ? { key, value, ...sources[knob] } : { key, value, origin: 'yours' };

export const sftSettings = (config: SftKnobs) => knobs(config, sftDefaults, sftSources);
export const grpoSettings = (config: GrpoKnobs) => knobs(config, grpoDefaults, grpoSources);

const named: Readonly<Record<Origin, string>> = {
  paper: 'paper',
  released: 'released code',
  yours: 'yours',
  ours: 'ours',
};

/** 'ours: memory of 80 GB'. */
export const originOf = ({ origin, why }: Setting): string => (why ? `${named[origin]}: ${why}` : named[origin]);

export const originsHelp =
  "Values: paper (its text), released code (the authors' training scripts), ours (chosen by videorft, and why), yours (set at export).";

/** Texts that Python's YAML (1.1) reads as true or false unless they are quoted. */
const toPythonNoText = /^(y|n|yes|no|on|off)$/i;

/** Python's YAML reads 1e-7 as text. */
const pythonNumbers = (text: string): string => text.replace(/^(\s*[^#\s][^#]*: -?\d+)(e[+-]?\d+)/gm, '$1.0$2');

/** As YAML, with each value's origin behind it. */
export function toYaml(settings: readonly Setting[], heading: string): string {
  const document = new Document({});
  document.commentBefore = ` ${heading}\n ${originsHelp}`;
  for (const setting of settings) {
    const path = setting.key.split('.');
    document.setIn(path, document.createNode(setting.value, { flow: true }));
    const node = document.getIn(path, true);
    if (isScalar(node) && toPythonNoText.test(String(setting.value))) node.type = 'QUOTE_DOUBLE';
    if (isScalar(node) || isSeq(node)) node.comment = ` ${originOf(setting)}`;
  }
  return pythonNumbers(document.toString({ lineWidth: 0 }));
}

/** One argument a line, each flag with its value's origin above it; `true` is a flag alone. Read by launch scripts: '#' begins a comment line. */
export function toArguments(settings: readonly Setting[], heading: string): string {
  const lines = settings.flatMap((setting) => {
    const values = Array.isArray(setting.value) ? setting.value : setting.value === true ? [] : [String(setting.value)];
    return [`# ${originOf(setting)}`, `--${setting.key}`, ...values];
  });
  return `# ${heading}\n# ${originsHelp}\n${lines.join('\n')}\n`;
}
