// The studio over HTTP: who may ask, what it answers about a curation, and its index on disk. Media: review/media.test.ts.

import { rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { useCurateFixture } from '../../../test/support/curate-fixture.ts';
import { fakeExperts, makeSamples } from '../../../test/support/curate-world.ts';
import { failureOf } from '../../../test/support/failure.ts';
import { accept, get, post, withStudio } from '../../../test/support/studio.ts';
import type { Detail, Facets, Overview, Page } from '../api.ts';

const world = useCurateFixture();

/** With a Host header of one's own, which fetch does not let one set. */
const statusAs = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('a curation of 20 questions', () => {
  beforeEach(async () => {
    const [first, ...others] = makeSamples(20);
    await world.write([{ ...first, problem: `${first.problem} "Größe" \\ <b>` }, ...others], ['{"problem_id": 99}']);
    await world.run(fakeExperts());
  });
  const out = () => world.at('out');

  test('overview, facets, pages and search', () =>
    withStudio(out(), async ({ url }) => {
      expect(await get<Overview>(url('/api/review'))).toEqual({
        name: out(),
        curation: true,
        total: 21,
        decided: 0,
        undo: false,
        redo: false,
        changed: false,
      });
      const facets = await get<Facets>(url('/api/review/facets?bin=kept&skill=general'));
      expect(facets).toMatchObject({ total: 8, rule: [{ value: '', count: 8 }] });
      // Each filter counts under the others, not under itself.
      expect(Object.fromEntries(facets.bin.map(({ value, count }) => [value, count]))).toEqual({
        kept: 8,
        rejected: 2,
      });
      const ids = async (query: string) => {
        const { rows, next } = await get<Page>(url(`/api/review/samples?${query}`));
        return [rows.map(({ id }) => id).join(' '), next];
      };
      expect(await ids('bin=rejected')).toEqual(['5 15', undefined]);
      expect(await ids('rule=data-invalid-row')).toEqual(['99', undefined]);
      expect(await ids('limit=3')).toEqual(['0 1 2', 3]);
      expect(await ids('limit=3&after=18')).toEqual(['5 15 99', undefined]);
      expect(await ids('limit=30&q=I%20SEE%2017.')).toEqual(['17', undefined]);
      expect(await ids(`q=${encodeURIComponent('"größe" \\ <b>')}`)).toEqual(['0', undefined]);
      expect(await ids('q=prompt_version')).toEqual(['', undefined]);
      expect(await ids('bin=nonsense')).toEqual(['', undefined]);
    }));

  test('a sample: description from the state, draft against revision, why it was rejected, what it took', () =>
    withStudio(out(), async ({ url }) => {
      const { rows } = await get<Page>(url('/api/review/samples?bin=rejected'));
      const detail = await get<Detail>(url(`/api/review/samples/${rows[0].n}`));
      expect(detail).toMatchObject({
        id: '5',
        bin: 'rejected',
        rule: 'wrong-answer',
        truth: '5',
        answer: '-1',
        think: 'The question asks for a number. I see 5.',
        draft: { think: 'The question asks for a number. It is question 5.', answer: '-1' },
        description: { caption: 'A clip with numbers.', moments: [{ time: 0, caption: 'A clip.' }] },
        stale: false,
      });
      expect(detail.diff?.filter(({ kind }) => kind !== 'same').map(({ text }) => text.trim())).toEqual([
        'It is question',
        'I see',
      ]);
      expect(detail.why[0][1]).toContain('wrong-answer: ');
      expect(detail.provenance.map(({ stage }) => stage)).toEqual(['describe', 'reason', 'refine']);
      const media = await get<{ state: string; reason: string }>(url(`/api/review/samples/${rows[0].n}/media`));
      expect(media).toMatchObject({ state: 'failed', reason: expect.stringContaining('it is a text file') });
    }));

  test('descriptions that cannot be read are no hindrance: the sample says why it has none', async () => {
    const ask = () => withStudio(out(), ({ url }) => get<Detail>(url('/api/review/samples/1')));
    const state = join(out(), 'state.sqlite');
    {
      using database = new DatabaseSync(state);
      database.exec("UPDATE tasks SET value = '{' WHERE stage = 'describe'");
    }
    expect((await ask()).noDescription).toMatch(/^state.sqlite cannot be read: .*JSON/);
    for (const name of ['', '-wal', '-shm']) rmSync(`${state}${name}`, { force: true });
    writeFileSync(state, 'no database');
    expect((await ask()).noDescription).toMatch(/^state.sqlite cannot be read: .*not a database/);
    rmSync(state);
    expect((await ask()).noDescription).toBe('state.sqlite is not there');
  });

  test('decisions count at once, survive the process, and can be undone; what cannot be decided is refused', async () => {
    await withStudio(out(), async ({ url }) => {
      expect(await (await post(url('/api/review/samples/1/decision'), accept)).json()).toMatchObject({
        n: 1,
        overview: { decided: 1, undo: true },
      });
      expect(await get<Facets>(url('/api/review/facets?decision=accept'))).toMatchObject({ total: 1 });
      expect(await (await post(url('/api/review/undo'), {})).json()).toMatchObject({
        n: 1,
        overview: { decided: 0, redo: true },
      });
      expect(await (await post(url('/api/review/undo'), {})).json()).not.toHaveProperty('n');
      await post(url('/api/review/redo'), {});
      const refusals = [
        ['samples/21/decision', accept, 409, 'review-quarantined'],
        ['samples/22/decision', accept, 404, 'review-no-row'],
        ['samples/x/decision', accept, 400, 'review-number'],
        ['samples/1/decision', '{', 400, 'review-body'],
        ['samples/1/decision', { decision: { verdict: 'keep' } }, 400, 'review-decision'],
        ['samples/1/decision', { decision: { verdict: 'reject', think: 'x' } }, 400, 'review-decision'],
        ['samples/1/decision', { decision: { verdict: 'accept', answer: 'many' } }, 400, 'review-decision'],
        ['samples/1/decision', { decision: { verdict: 'accept', think: 'a</think>b' } }, 400, 'review-decision'],
        ['samples/1/decision', 'x'.repeat(2 << 20), 413, 'body-too-large'],
        ['nothing', {}, 404, 'no-such-path'],
      ] as const;
      for (const [path, body, status, code] of refusals) {
        const answer = await post(url(`/api/review/${path}`), body);
        expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code], path).toEqual([
          status,
          code,
        ]);
      }
    });
    await withStudio(out(), async ({ url }) => {
      expect(await get<Detail>(url('/api/review/samples/1'))).toMatchObject({
        decision: 'accept',
        decided: { verdict: 'accept' },
      });
      const { text } = (await (await post(url('/api/review/apply'), {})).json()) as { text: string };
      expect(text).toContain('in 21 = kept 18 + rejected 2 + quarantined 1');
    });
  });

  test('the index is kept while the files stay, and made anew when they change or it is damaged', async () => {
    const index = join(out(), 'review/index.sqlite');
    const made = () => statSync(index).ino;
    await withStudio(out(), async () => undefined);
    const first = made();
    await withStudio(out(), async ({ url }) => {
      expect(made()).toBe(first);
      await world.write(makeSamples(18));
      await world.run(fakeExperts());
      expect((await get<Overview>(url('/api/review'))).changed).toBe(true);
      // The files that were indexed are still the ones that are read.
      expect((await get<Detail>(url('/api/review/samples/18'))).id).toBe('19');
    });
    await withStudio(out(), async ({ url }) => expect((await get<Overview>(url('/api/review'))).total).toBe(18));
    writeFileSync(index, 'garbage');
    await withStudio(out(), async ({ url }) => expect((await get<Overview>(url('/api/review'))).total).toBe(18));
  });

  test('a second one of the same data is refused', () =>
    withStudio(out(), async () => {
      expect((await failureOf(withStudio(out(), async () => undefined))).code).toBe('review-locked');
    }));

  test('this machine alone, by its own name, and no page of another site', () =>
    withStudio(out(), async ({ url, address }) => {
      const { port, host } = new URL(address);
      expect(await statusAs(address, `localhost:${port}`)).toBe(200);
      expect(await statusAs(url('/api/review'), `evil.example:${port}`)).toBe(403);
      expect(await statusAs(url('/api/review'), `127.0.0.1.evil.example:${port}`)).toBe(403);
      const decide = (headers: Record<string, string>) => post(url('/api/review/samples/1/decision'), accept, headers);
      expect((await decide({ Origin: 'http://evil.example' })).status).toBe(403);
      expect((await decide({ Origin: 'null' })).status).toBe(403);
      expect((await decide({ 'Content-Type': 'text/plain' })).status).toBe(415);
      expect((await decide({ Origin: `http://${host}` })).status).toBe(200);
    }));

  test('elsewhere a token: as a header, or in the address, where it becomes a cookie', () =>
    withStudio(
      out(),
      async ({ address, url }) => {
        const token = new URL(address).searchParams.get('token') as string;
        expect(token.length).toBeGreaterThan(30);
        const there = url('/api/review').replace('0.0.0.0', '127.0.0.1');
        expect((await fetch(there)).status).toBe(401);
        expect((await fetch(`${there}?token=wrong`)).status).toBe(401);
        expect((await fetch(there, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
        const visit = await fetch(`${there.replace('/api/review', '/')}?token=${token}`, { redirect: 'manual' });
        expect([visit.status, visit.headers.get('location')]).toEqual([302, '/']);
        const cookie = visit.headers.get('set-cookie') as string;
        expect(cookie).toMatch(/HttpOnly.*SameSite=Strict/);
        expect((await fetch(there, { headers: { cookie: cookie.split(';')[0] } })).status).toBe(200);
      },
      { host: '0.0.0.0' },
    ));

  test('everything that is sent forbids scripts from elsewhere; the scripts are JavaScript', () =>
    withStudio(out(), async ({ url }) => {
      for (const path of ['/', '/style.css', '/client/main.ts', '/api/review', '/nothing']) {
        const { headers } = await fetch(url(path));
        expect(headers.get('content-security-policy'), path).toMatch(/default-src 'none'; script-src 'self'/);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      }
      expect(await (await fetch(url('/client/main.ts'))).text()).not.toMatch(/: Detail \| undefined|import type/);
      expect((await fetch(url('/client/..%2fapi.ts'))).status).toBe(404);
    }));
});
