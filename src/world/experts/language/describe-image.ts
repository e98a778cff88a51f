// Facts of a still image → the JSON that the image description prompt asks for.
import type { ImageDescription } from '../../../prompt/describe-image.ts';
import type { Facts } from '../facts.ts';
import { placeText, spatialRelations } from './describe-video.ts';
import { sentencesOfFacts } from './sentences.ts';

const scenes = {
  bars: 'a bar chart with a grey baseline on a dark background',
  glass: 'a drawing of a glass on a dark background',
  balance: 'a drawing of a balance on a dark background',
} as const;

function figureObjects({ figure }: Facts): string[] {
  if (figure?.type === 'bars') return figure.bars.map(({ colour }) => `${colour} bar`);
  if (figure?.type === 'glass') return [`glass filled with ${figure.colour}`];
  return figure?.type === 'balance' ? ['balance'] : [];
}

function quantities({ figure, things }: Facts): string[] {
  if (figure?.type === 'bars') return figure.bars.map(({ colour, height }) => `${colour} bar: ${height} px high`);
  if (figure?.type === 'glass') return [`glass: filled to ${figure.level}`];
  return things.length > 0 ? [`shapes: ${things.length}`] : [];
}

/** The description of a still image. */
export function describeImage(facts: Facts): ImageDescription {
  const sentences = sentencesOfFacts(facts);
  const here = facts.things.map((thing) => ({ thing, place: thing.places[0] }));
  return {
    caption: sentences.length > 0 ? sentences.join(' ') : 'The image is empty.',
    objects: [...here.map(({ thing, place }) => placeText(thing, place)), ...figureObjects(facts)],
    text: [...facts.writings].sort((a, b) => a.y - b.y).map(({ text }) => text),
    quantities: quantities(facts),
    spatial_relations: spatialRelations(here),
    scene: facts.figure ? scenes[facts.figure.type] : 'a plain dark background',
  };
}
