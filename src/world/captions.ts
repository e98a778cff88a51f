// Scene → sentences. `captionSentences` says what happens in the sentence shapes of the micro-world's language; `denseCaption` adds
// places, speeds and times, for pretraining. Leaves out: questions.
import { fps, motionName, nameOf, type Scene, type WorldObject } from './scene.ts';

/** "moves left", "hits the blue square": what an object does, its target included. */
export function predicateOf(object: WorldObject, scene: Pick<Scene, 'objects'>): string {
  const target = object.target === undefined ? undefined : nameOf(scene.objects[object.target]);
  if (object.motion.kind === 'hits') return `hits the ${target}`;
  if (object.motion.kind === 'hides') return `hides behind the ${target}`;
  return motionName(object.motion);
}

/** First frame in which the object can be seen. */
export const firstVisible = ({ track }: WorldObject): number => Math.max(0, track.visible.indexOf(1));

/** Objects from left to right, by where each is first seen. */
export function leftToRight(scene: Pick<Scene, 'objects'>): WorldObject[] {
  const start = (object: WorldObject) => object.track.x[firstVisible(object)];
  return [...scene.objects].sort((a, b) => start(a) - start(b));
}

/** All texts, top to bottom, as one string: "LEFT OPEN". */
export const shownText = (scene: Pick<Scene, 'texts'>): string =>
  [...scene.texts]
    .sort((a, b) => a.y - b.y)
    .map(({ text }) => text)
    .join(' ');

/** "a red bar, a blue bar and a green bar". */
function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}

function figureSentences({ figure }: Scene): string[] {
  switch (figure.type) {
    case 'bars': {
      const tallest = figure.bars.reduce((a, b) => (b.height > a.height ? b : a));
      const bars = figure.bars.map(({ colour }) => `a ${colour} bar`);
      return [`There is ${listed(bars)}.`, `The ${tallest.colour} bar is the tallest.`];
    }
    case 'glass':
      return [`A glass is filled with ${figure.colour} to ${figure.level}.`];
    case 'balance':
      return [
        figure.heavier === 'neither' ? 'The balance is level.' : `The balance is lower on the ${figure.heavier}.`,
      ];
    default:
      return [];
  }
}

/** "A red circle moves left."; one that hits or hides travels first, and the relation is a sentence of its own. */
function objectSentence(object: WorldObject): string {
  const { kind, direction } = object.motion;
  const motion = kind === 'hits' || kind === 'hides' ? `moves ${direction}` : motionName(object.motion);
  return `A ${nameOf(object)} ${motion}.`;
}

/** One sentence per object from left to right, then one per hit or hiding, then drawings, then the sign. */
export function captionSentences(scene: Scene): string[] {
  const objects = leftToRight(scene);
  const relations = objects.filter(({ target }) => target !== undefined);
  const text = shownText(scene);
  return [
    ...objects.map((object) =>
      scene.data_type === 'image' ? `There is a ${nameOf(object)}.` : objectSentence(object),
    ),
    ...relations.map((object) => `The ${nameOf(object)} ${predicateOf(object, scene)}.`),
    ...figureSentences(scene),
    ...(text ? [`A sign says ${text}.`] : []),
  ];
}

export const caption = (scene: Scene): string => captionSentences(scene).join(' ');

const columns = ['on the left', 'in the middle', 'on the right'];
const corners = [
  ['at the top left', 'at the top', 'at the top right'],
  columns,
  ['at the bottom left', 'at the bottom', 'at the bottom right'],
];

/** "at the top left": one of nine places, by thirds of the 84-px picture. */
export function placeName(x: number, y: number): string {
  const third = (value: number) => Math.max(0, Math.min(2, Math.floor(value / 28)));
  return corners[third(y)][third(x)];
}

/** "1.5": seconds with one decimal. */
const seconds = (frame: number): string => (frame / fps).toFixed(1);

function denseObject(object: WorldObject, scene: Scene): string[] {
  const { track, motion, speed, stopFrame } = object;
  const first = firstVisible(object);
  const last = track.visible.lastIndexOf(1);
  const at = (frame: number) => placeName(track.x[frame], track.y[frame]);
  if (scene.data_type === 'image') return [`There is a ${nameOf(object)} ${at(0)}.`];
  const action = motion.kind === 'enters' ? motionName(motion) : `is ${at(first)}`;
  const begin = `At ${seconds(first)} seconds a ${nameOf(object)} ${action}.`;
  if (!motion.direction) return [begin, `It ${motionName(motion)}.`];
  const stops = motion.kind === 'stops' ? [`It stops at ${seconds(stopFrame)} seconds.`] : [];
  const relation =
    object.target === undefined ? [] : [`At ${seconds(stopFrame)} seconds it ${predicateOf(object, scene)}.`];
  const gone = motion.kind === 'leaves' ? [`It ${motionName(motion)} at ${seconds(stopFrame)} seconds.`] : [];
  const end = relation.length + gone.length > 0 ? [] : [`At the end it is ${at(last)}.`];
  return [
    begin,
    `It moves ${motion.direction} at ${speed.toFixed(2)} heights per second.`,
    ...stops,
    ...relation,
    ...gone,
    ...end,
  ];
}

/** A longer text for pretraining: where things are, how fast they move, when something happens. */
export function denseCaption(scene: Scene): string {
  const objects = leftToRight(scene).flatMap((object) => denseObject(object, scene));
  const signs = scene.texts.map(({ text, x, y, from, scale }) => {
    const place = placeName(x + (text.length * 7 * scale) / 2, y + (7 * scale) / 2);
    return scene.data_type === 'image'
      ? `A sign says ${text} ${place}.`
      : `At ${seconds(from)} seconds a sign says ${text} ${place}.`;
  });
  return [...objects, ...figureSentences(scene), ...signs].join(' ');
}
