// A question under a protocol → what a model is given: frames as the protocol samples and sizes them, and the text of the prompt.
// Clips are decoded once and kept. Leaves out: asking (evaluate.ts), finding a benchmark's files (benchmarks/).
import { VideorftError } from '../base/errors.ts';
import { readTextIfPresent } from '../base/if-present.ts';
import { mediaPath } from '../data/index.ts';
import { type Clip, ClipCache, isPicture, type Loader, type VideoProfile } from '../media/index.ts';
import type { Message } from '../prompt/index.ts';
import { trainingMessages } from '../prompt/train.ts';
import type { Protocol } from './protocol.ts';
import type { Question } from './question.ts';
import { isWhole, type SentForm, type ShownPrompt, type UseFile, wholeVideo } from './sent-video.ts';
import { parseSrt, spokenAt } from './subtitles.ts';

/** The protocol's frames as media/ asks for them. */
export function profileOfProtocol({ name, frames }: Protocol): VideoProfile {
  const { count, short, ...rest } = frames;
  return { name, nframes: count, short, ...rest };
}

/** Throws 'media-kind' where a sample's file is not what the sample says. */
export function refuseOtherKind({ data_type, problem_id, path }: Question, clip: Clip): void {
  const found = isPicture(clip) ? 'image' : 'video';
  if (found === data_type) return;
  throw new VideorftError(`the sample says ${data_type}, its file is ${found === 'image' ? 'an image' : 'a video'}`, {
    code: 'media-kind',
    facts: { sample: problem_id, file: path },
    fix: `set data_type to ${found}, or replace the file`,
  });
}

const atEnd = 'The image for this question is at the end of the video.';

export interface MediaAccess {
  /** What decodes. Default: this thread. */
  readonly load?: Loader;
  /** The text of a file at an absolute path, undefined where there is none. Default: from the disk. */
  readonly text?: (file: string) => Promise<string | undefined>;
  /** Does something with a file at an absolute path. Default: where it is. */
  readonly use?: UseFile;
}

/** How videos go to an endpoint; no form: the model is in this process. */
export interface Sending {
  readonly form?: SentForm;
  /** For video_url: below it the server finds the files. */
  readonly address?: string;
}

export class ProtocolLoader {
  private readonly root: string;
  private readonly protocol: Protocol;
  private readonly profile: VideoProfile;
  private readonly cache: ClipCache;
  private readonly text: (file: string) => Promise<string | undefined>;
  private readonly use: UseFile;
  private readonly sending: Sending;

  /** `root`: the folder that paths start from. */
  constructor(
    root: string,
    protocol: Protocol,
    { load, text = readTextIfPresent, use = (file, work) => work(file) }: MediaAccess = {},
    sending: Sending = {},
  ) {
    this.root = root;
    this.text = text;
    this.use = use;
    this.sending = sending;
    this.cache = new ClipCache(undefined, load);
    this.protocol = protocol;
    this.profile = profileOfProtocol(protocol);
  }

  /** What the protocol shows of the question's media; undefined where it shows nothing. Errors: media-…. */
  async clip(question: Question): Promise<Clip | undefined> {
    const { frameFps, window } = question;
    if (frameFps !== undefined && this.protocol.frameFolders === 'hide') return undefined;
    const shown = { frameFps, window: this.protocol.clipBounds === 'cut' ? window : undefined };
    return this.cache.get(mediaPath(this.root, question), this.profile, shown);
  }

  /** Errors: media-…, media-kind where file and data_type disagree, prompt-mode, evaluation-part where a part would have to be sent whole. */
  async prompt(question: Question): Promise<ShownPrompt> {
    const { form, address } = this.sending;
    if (form === 'video_url' && isWhole(question, this.protocol)) {
      const video = await wholeVideo(this.root, question, this.protocol, { address, use: this.use });
      return {
        id: String(question.problem_id),
        messages: this.messages(await this.worded(question, undefined)),
        ...video,
      };
    }
    return this.withFrames(question);
  }

  private messages(asked: Question): Message[] {
    const { mode, wording } = this.protocol;
    return trainingMessages(asked, { mode, profile: wording });
  }

  private async withFrames(question: Question): Promise<ShownPrompt> {
    const id = String(question.problem_id);
    const clip = await this.clip(question);
    if (clip) refuseOtherKind(question, clip);
    const messages = this.messages(await this.worded(question, clip));
    if (!clip) return { id, messages: messages.map(withoutMedia) };
    const { form } = this.sending;
    const sent = form === undefined || form === 'video_url' || isPicture(clip) ? {} : { sent: { form } };
    return { id, messages, clip, ...sent };
  }

  /** The question with what our own wordings say around it; the released wording says nothing besides. */
  private async worded(question: Question, clip: Clip | undefined): Promise<Question> {
    const before = this.protocol.subtitles ? await this.spoken(question, clip) : '';
    const after = question.pictureAtEnd && this.protocol.wording !== 'released' ? `\n${atEnd}` : '';
    return { ...question, problem: `${before}${question.problem}${after}` };
  }

  private async spoken({ subtitleFile, problem_id }: Question, clip: Clip | undefined): Promise<string> {
    if (subtitleFile === undefined) return '';
    const file = mediaPath(this.root, { problem_id, path: subtitleFile });
    const srt = await this.text(file);
    const text = spokenAt(parseSrt(srt ?? ''), clip?.frames.map(({ time }) => time) ?? []);
    return text === '' ? '' : `Subtitles of the video:\n${text}\n\n`;
  }
}

function withoutMedia({ role, content }: Message): Message {
  return { role, content: typeof content === 'string' ? content : content.filter(({ type }) => type === 'text') };
}
