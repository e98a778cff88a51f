// Frames of a micro-world clip → facts: looks at every frame, follows the objects, decides what each of them does, reads the signs.
// Leaves out: still images (figures.ts) and ordinary photographs (photo.ts).
import type { Frame } from '../../../media/frame.ts';
import type { Facts, Place, Thing } from '../facts.ts';
import { identify } from './identities.ts';
import { motionOf } from './motion.ts';
import { lookAt, type Picture } from './picture.ts';
import { readWritings } from './read-text.ts';
import { type Track, trackOf } from './tracks.ts';

function places(track: Track): Place[] {
  return track.sightings.flatMap((s) =>
    s ? [{ time: s.time, x: s.x, y: s.y, width: s.width, partly: !s.whole }] : [],
  );
}

/** Facts of a clip from pictures that were looked at already, in order of time. */
export function factsOfPictures(pictures: readonly Picture[]): Facts {
  const tracks = identify(pictures).map((identity) => trackOf(identity, pictures));
  const things = tracks.map((track): Thing => {
    const others = tracks.filter((other) => other !== track);
    return { colour: track.colour, shape: track.shape, motion: motionOf(track, others), places: places(track) };
  });
  return {
    medium: 'video',
    height: pictures[0].height,
    times: pictures.map((p) => p.time),
    things: things.sort((a, b) => a.places[0].x - b.places[0].x),
    writings: readWritings(pictures),
  };
}

/** Facts of a clip of the micro-world. */
export const watch = (frames: readonly Frame[]): Facts => factsOfPictures(frames.map(lookAt));
