// A preview as a page: one file with the frames in it, to be looked at before money is spent, or mailed to somebody who should. The pictures of a
// sample stand in the first prompt that carries them; later ones name them.
import type { ChatMessage, ChatPart } from '../../llm/port.ts';
import { frameLabel } from '../../llm/wire.ts';
import { details, html, rawHtml, renderPage, type SafeHtml, table, tile } from '../../report/index.ts';
import { type CurateConfig, judgeOf } from '../config.ts';
import { expertFor, type Preview, type PreviewPrompt, type PreviewSample } from './collect.ts';
import { mediaFacts, moments, promptFacts, recipient, size, statusText, videoForms } from './facts.ts';
import { textRuns } from './gaps.ts';

type ImagePart = Extract<ChatPart, { type: 'image' }>;

const written = (text: string): SafeHtml =>
  html`<pre class="prompt">${textRuns(text).map((run) => (run.isGap ? html`<mark class="gap">${run.text}</mark>` : run.text))}</pre>`;

function picture({ jpeg, timeSeconds }: ImagePart): SafeHtml {
  const src = `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`;
  const label = timeSeconds === undefined ? 'the picture' : frameLabel(timeSeconds).replace(/:$/, '');
  return html`<figure><img src="${src}" alt="${label}"><figcaption>${label}</figcaption></figure>`;
}

const named = (images: readonly ImagePart[], anchor: string): SafeHtml =>
  html`<p class="note"><a href="#${anchor}">${images[0].timeSeconds === undefined ? 'the same picture' : `the same ${images.length} frames`}</a>${
    images[0].timeSeconds === undefined ? '' : ` at ${moments(images)}, each after its time`
  }</p>`;

function video({ source, frames }: Extract<ChatPart, { type: 'video' }>): SafeHtml {
  const where = source.kind === 'url' ? html` <code>${source.url}</code>` : '';
  const own = source.kind === 'jpegs' ? source.jpegs : [];
  const pictures = own.map((jpeg, i) =>
    picture({ type: 'image', jpeg, timeSeconds: source.kind === 'jpegs' ? source.timesSeconds[i] : undefined }),
  );
  return html`<p class="note">The video: ${videoForms[source.kind]}${where}; ${frames} frames to be looked at.</p>${
    pictures.length > 0 && html`<div class="strip frames">${pictures}</div>`
  }`;
}

/** Pictures that follow each other stand side by side. `isFirst`: whether they have not been shown yet. */
function message({ role, content }: ChatMessage, isFirst: boolean, anchor: string): SafeHtml {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  const out: SafeHtml[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (part.type === 'text') out.push(written(part.text));
    else if (part.type === 'video') out.push(video(part));
    else {
      const end = parts.findIndex((each, i) => i > at && each.type !== 'image');
      const images = parts.slice(at, end < 0 ? undefined : end) as ImagePart[];
      at += images.length - 1;
      out.push(
        isFirst ? html`<div class="strip frames" id="${anchor}">${images.map(picture)}</div>` : named(images, anchor),
      );
    }
  }
  return html`<div class="message"><span class="tag">${role}</span>${out}</div>`;
}

const hasImages = ({ prompt }: PreviewPrompt): boolean =>
  prompt.messages.some(({ content }) => typeof content !== 'string' && content.some(({ type }) => type === 'image'));

function promptCard(each: PreviewPrompt, index: number, sample: PreviewSample, config: CurateConfig): SafeHtml {
  const anchor = `frames-${index}`;
  const isFirst = sample.prompts.find(hasImages) === each;
  const schema = each.prompt.jsonSchema;
  return html`<div class="card">
<h3>${each.stage} <span class="tag ${each.status}">${statusText[each.status]}</span></h3>
<div class="meta">to the ${recipient(each, config)}</div>
<div class="meta">${promptFacts(each, sample, config).join(' · ')}</div>
${each.prompt.messages.map((one) => message(one, isFirst, anchor))}
${schema && details('JSON Schema of the reply', html`<pre>${JSON.stringify(schema.schema, null, 2)}</pre>`)}
${each.answer !== undefined && details('the stored answer', html`<pre>${JSON.stringify(each.answer, null, 2)}</pre>`)}
</div>`;
}

function sampleBody(each: PreviewSample, index: number, config: CurateConfig): SafeHtml {
  const { problem, options, data_type, problem_type, skill, data_source, solution } = each.row.sample;
  const kind = [data_type, problem_type, skill, data_source].filter(Boolean).join(' · ');
  return html`<p class="question">${problem}</p>
${options?.length ? html`<ul class="options">${options.map((option) => html`<li>${option}</li>`)}</ul>` : null}
<div class="meta">${kind} · reference ${solution.replace(/<\/?answer>/g, '').trim()} (${
    problem_type === 'free-form' && judgeOf(config) ? 'shown to the judge only' : 'shown to nobody'
  })</div>
<div class="meta">${each.row.file}:${each.row.line}</div>
<div class="meta">${mediaFacts(each)}</div>
${each.problem && html`<p class="bad">Would be set aside: ${each.problem.reason} ${each.problem.fix}</p>`}
${each.prompts.map((prompt) => promptCard(prompt, index, each, config))}`;
}

function expertTable(config: CurateConfig, prompts: readonly PreviewPrompt[]): SafeHtml {
  const stages = [...Map.groupBy(prompts, ({ stage }) => stage).values()];
  return table(
    [{ head: 'stage' }, { head: 'whom' }, { head: 'video goes as' }, { head: 'prompts' }],
    stages.map((all) => [
      all[0].stage,
      recipient(all[0], config),
      all[0].stage === 'describe' || all[0].stage === 'refine'
        ? expertFor(all[0].stage, config).settings.video
        : 'nothing',
      [...new Set(all.map(({ prompt }) => prompt.version))].join(', '),
    ]),
  );
}

const css = `
.prompt { white-space: pre-wrap; overflow-wrap: anywhere; margin: 6px 0; }
.gap { padding: 0 5px; border-radius: 3px; font-style: italic; }
.question { font-weight: 600; white-space: pre-wrap; }
.message { border-left: 3px solid var(--line); padding-left: 14px; margin: 14px 0; }
.frames > figure:only-child { grid-column: 1 / span 3; }
.frames { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 8px; }
.frames img { image-rendering: auto; } .frames figcaption { text-align: left; }
.card .meta { font-size: 13px; }
.card h3 { text-transform: capitalize; } .card h3 .tag { text-transform: none; margin-left: 8px; font-weight: 400; }
.tag.answered { color: var(--good); } .tag.later { color: var(--bad); }
`;

export function renderPreview({ samples, rows }: Preview, config: CurateConfig): string {
  const prompts = samples.flatMap((each) => each.prompts);
  const frames = samples.reduce((sum, { media }) => sum + (media?.read.images.length ?? 0), 0);
  const bytes = samples
    .flatMap(({ media }) => media?.read.images ?? [])
    .reduce((sum, { jpeg }) => sum + jpeg.length, 0);
  const lead = html`<style>${rawHtml(css)}</style>
<p class="lead">What the experts would be asked about the first samples, word for word, with the pictures that they would see. Nobody was asked.</p>
<div class="tiles">${tile(samples.length, `of ${rows.usable} usable samples, ${rows.total} rows`)}${tile(prompts.length, 'prompts')}${tile(frames, 'frames')}${tile(size(bytes), 'of JPEG')}</div>
${expertTable(config, prompts)}`;
  return renderPage({
    title: 'videorft curate: preview',
    lead,
    sections: samples.map((each, i) => ({
      id: `sample-${i + 1}`,
      title: `Sample ${i + 1}: ${each.row.sample.problem_id}`,
      body: sampleBody(each, i + 1, config),
    })),
    footer:
      'Made by videorft curate --preview. Words where an answer is missing are marked; run it again when there are some.',
  });
}
