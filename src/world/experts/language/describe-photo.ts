// Notes on ordinary pictures → valid descriptions: colours, light, amount of change, and that nothing else can be made out.
import type { ImageDescription } from '../../../prompt/describe-image.ts';
import type { VideoDescription } from '../../../prompt/describe-video.ts';
import { amountOf, type PhotoNotes } from '../vision/photo.ts';
import { listed } from './sentences.ts';

const frameCaption = ({ brightness, colours }: PhotoNotes) =>
  `The picture is ${brightness} and mostly ${listed(colours)}.`;

function light({ brightness, brightSide }: PhotoNotes): string {
  return `${brightness}, ${brightSide === 'neither side' ? 'lit evenly' : `brighter on the ${brightSide}`}`;
}

/** The description of a film. */
export function describeFilm(notes: readonly PhotoNotes[]): VideoDescription {
  const change = Math.max(...notes.map((note) => note.change));
  return {
    caption: `${frameCaption(notes[0])} There is ${amountOf(change)} change in the video. The objects are unclear.`,
    frames: notes.map((note) => ({
      timestamp: note.time,
      caption: frameCaption(note),
      objects: note.colours.map((colour) => `${colour} area, unclear`),
      actions: note.change > 0 ? [`${amountOf(note.change)} change since the frame before`] : [],
      scene: light(note),
      spatial_relations: [],
      possible_interactions: [],
    })),
  };
}

/** The description of a photograph. */
export function describePhoto(note: PhotoNotes): ImageDescription {
  return {
    caption: `${frameCaption(note)} The objects are unclear.`,
    objects: note.colours.map((colour) => `${colour} area, unclear`),
    text: [],
    quantities: [],
    spatial_relations: [],
    scene: light(note),
  };
}
