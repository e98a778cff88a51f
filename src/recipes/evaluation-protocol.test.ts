// Which protocol an evaluation follows: names, files, what flags change, and that what is asked directly is the named protocol where it is one.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../base/config.ts';
import { profileOfProtocol, protocolLabel, protocolNames, protocolSchema, protocols } from '../evaluate/index.ts';
import { micro, paperEval } from '../media/index.ts';
import { evaluationConfig } from './evaluation-config.ts';
import { chooseProtocol, directOf } from './evaluation-protocol.ts';
import { microBase } from './shipped.ts';

const choose = (config: Record<string, unknown>) => chooseProtocol(parseConfig(evaluationConfig, config), microBase);
const label = async (config: Record<string, unknown>) => {
  const { protocol, changed } = await choose(config);
  return protocolLabel(protocol, changed);
};

test('the constants of METHOD section 4', async () => {
  const { protocol } = await choose({ protocol: 'videorft-paper' });
  expect(protocol).toMatchObject({ mode: 'think', decoding: { temperature: 0.01, topP: 0.001, maxTokens: 1024 } });
  expect(profileOfProtocol(protocol)).toMatchObject({ ...paperEval, name: 'videorft-paper' });
  const { protocol: released } = await choose({ protocol: 'videorft-released' });
  expect(released).toMatchObject({
    wording: 'released',
    decoding: { temperature: 0.1, topP: 0.001, maxTokens: 1024 },
    clipBounds: 'ignore',
    frameFolders: 'hide',
  });
  expect(profileOfProtocol((await choose({})).protocol)).toMatchObject({ ...micro, name: 'micro' });
});

test('every named protocol is whole, and its name its own', () => {
  for (const protocol of protocols) expect(protocolSchema.parse(protocol)).toEqual(protocol);
  expect(new Set(protocolNames).size).toBe(protocols.length);
  expect(protocolNames).toEqual(['videorft-paper', 'videorft-released', 'direct', '16-frames', 'micro']);
});

test('what flags change is in the label, and a changed protocol that is another is called so', async () => {
  expect(await label({})).toBe('micro/1');
  expect(await label({ protocol: 'videorft-paper' })).toBe('videorft-paper/1');
  expect(await label({ protocol: 'videorft-paper', temperature: 0, ladder: 'strict' })).toBe(
    'videorft-paper/1 with other decoding, scoring',
  );
  expect(await label({ protocol: 'videorft-paper', temperature: 0.01, maxTokens: 1024 })).toBe('videorft-paper/1');
  expect(await label({ protocol: 'videorft-paper', mode: 'direct' })).toBe('direct/1');
  expect(await label({ profile: 'paperEval' })).toBe('videorft-paper/1');
  expect(await label({ profile: 'paperTrain' })).toBe('videorft-paper/1 with other frames');
  const direct = directOf(await choose({ protocol: 'videorft-released' }));
  expect(protocolLabel(direct.protocol, direct.changed)).toBe('videorft-released/1 with other mode, wording');
  const paper = directOf(await choose({ protocol: 'videorft-paper', mode: 'both' }));
  expect(protocolLabel(paper.protocol, paper.changed)).toBe('direct/1');
  expect(await label({ protocol: 'direct', mode: 'both' })).toBe('videorft-paper/1');
});

test('a file of one’s own, and what is none', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'videorft-protocol-'));
  const own = { ...protocols[0], name: 'mine', version: 3 };
  writeFileSync(join(dir, 'mine.json'), JSON.stringify(own));
  expect(await choose({ protocol: join(dir, 'mine.json') })).toEqual({ protocol: own, changed: [] });
  writeFileSync(join(dir, 'half.json'), JSON.stringify({ ...own, frames: undefined, fps: 2 }));
  await expect(choose({ protocol: join(dir, 'half.json') })).rejects.toMatchObject({
    code: 'protocol-file',
    facts: { reason: expect.stringMatching(/frames.*fps/) },
  });
  await expect(choose({ protocol: 'videorft' })).rejects.toMatchObject({ code: 'protocol-unknown' });
});
