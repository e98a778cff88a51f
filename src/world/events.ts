// The ground-truth events of a clip, in time order: who does what, from when to when.
import { predicateOf } from './captions.ts';
import { fps, type MotionKind, nameOf, type Scene } from './scene.ts';

export interface WorldEvent {
  readonly type: MotionKind | 'sign';
  /** "red circle", or the sign's text. */
  readonly subject: string;
  /** "moves left", "hits the blue square", "says STOP". */
  readonly predicate: string;
  /** Seconds. For hits and hides `end` is the moment of contact or of disappearing; for leaves, when the last of it is gone. */
  readonly start: number;
  readonly end: number;
}

/** Every object's motion and every sign, by start, then by subject. An image has none. */
export function eventsOf(scene: Scene): WorldEvent[] {
  if (scene.data_type === 'image') return [];
  const duration = (scene.frames - 1) / fps;
  const motions = scene.objects.map((object): WorldEvent => {
    const still = object.motion.kind === 'still';
    return {
      type: object.motion.kind,
      subject: nameOf(object),
      predicate: predicateOf(object, scene),
      start: object.startFrame / fps,
      end: still ? duration : object.stopFrame / fps,
    };
  });
  const signs = scene.texts.map(
    ({ text, from }): WorldEvent => ({
      type: 'sign',
      subject: text,
      predicate: `says ${text}`,
      start: from / fps,
      end: duration,
    }),
  );
  return [...motions, ...signs].sort((a, b) => a.start - b.start || (a.subject < b.subject ? -1 : 1));
}
