// Which protocol an evaluation follows: the named one or a file's, and what flags changed of it, by name. Leaves out: carrying it out.
import { readConfigFile } from '../base/config.ts';
import { VideorftError } from '../base/errors.ts';
import { suggestionFix } from '../base/suggest.ts';
import { type Protocol, protocolNames, protocolSchema, protocols } from '../evaluate/index.ts';
import { type ProfileName, profiles } from './clips.ts';
import type { EvaluationConfig } from './evaluation-config.ts';
import { profileOf } from './shipped.ts';

export interface ChosenProtocol {
  readonly protocol: Protocol;
  /** Parts that flags set otherwise than the named protocol has them. */
  readonly changed: readonly string[];
}

const named = (name: string): Protocol | undefined => protocols.find((protocol) => protocol.name === name);
const paper = 'videorft-paper';
const ofProfile = (profile: ProfileName) => named(profile === 'micro' ? 'micro' : paper) as Protocol;

async function fromFile(file: string): Promise<Protocol> {
  const result = protocolSchema.safeParse(await readConfigFile(file));
  if (result.success) return result.data;
  throw new VideorftError('this is not a protocol', {
    code: 'protocol-file',
    facts: { file, reason: result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') },
    fix: 'take the protocol of a manifest.json as a pattern: it has every key',
  });
}

async function baseProtocol({ protocol, profile }: EvaluationConfig, model: string | undefined): Promise<Protocol> {
  if (protocol === undefined)
    return ofProfile(profile ?? (model === undefined ? 'paperEval' : await profileOf(model, 'paperEval')));
  const known = named(protocol);
  if (known) return known;
  if (/\.(?:json|ya?ml)$/.test(protocol)) return fromFile(protocol);
  throw new VideorftError(`there is no protocol called ${protocol}`, {
    code: 'protocol-unknown',
    fix: suggestionFix(protocol, protocolNames),
  });
}

function framesOf(name: ProfileName): Protocol['frames'] {
  const { nframes, min_pixels, max_pixels } = profiles[name].video;
  return { count: nframes, short: 'repeat', min_pixels, max_pixels, resample: 'bicubic' };
}

/** A protocol that differs from another named one in nothing but its name bears that name: videorft-paper asked directly is direct. */
function renamed({ protocol, changed }: ChosenProtocol): ChosenProtocol {
  const bare = ({ name: _, version: __, about: ___, ...rest }: Protocol) => JSON.stringify(rest);
  const same = changed.length > 0 ? protocols.find((other) => bare(other) === bare(protocol)) : undefined;
  return same ? { protocol: same, changed: [] } : { protocol, changed };
}

const parts = ['mode', 'frames', 'subtitles', 'decoding', 'scoring'] as const;

/** The configuration's protocol for one mode; `model`: its folder, none for an endpoint. Errors: protocol-unknown, protocol-file. */
export async function chooseProtocol(config: EvaluationConfig, model: string | undefined): Promise<ChosenProtocol> {
  const base = await baseProtocol(config, model);
  const { mode, profile, temperature, topP, maxTokens, ladder, subtitles } = config;
  const protocol: Protocol = {
    ...base,
    mode: mode === 'both' ? 'think' : (mode ?? base.mode),
    frames: profile === undefined ? base.frames : framesOf(profile),
    subtitles: subtitles ?? base.subtitles,
    decoding: {
      temperature: temperature ?? base.decoding.temperature,
      topP: topP ?? base.decoding.topP,
      maxTokens: maxTokens ?? base.decoding.maxTokens,
    },
    scoring: { ...base.scoring, ladder: ladder ?? base.scoring.ladder },
  };
  const changed = parts.filter((part) => JSON.stringify(protocol[part]) !== JSON.stringify(base[part]));
  return renamed({ protocol, changed });
}

/** What the same questions are asked directly by: the protocol without reasoning; the released one has no such prompt, and takes ours. */
export function directOf({ protocol, changed }: ChosenProtocol): ChosenProtocol {
  const wording = protocol.wording === 'released' ? 'paper' : protocol.wording;
  const more = [...(changed.includes('mode') ? [] : ['mode']), ...(wording === protocol.wording ? [] : ['wording'])];
  return renamed({ protocol: { ...protocol, mode: 'direct', wording }, changed: [...changed, ...more] });
}
