// videorft/studio: the pages to look at data, and in time at runs.
export {
  type ReviewStudioOptions,
  type RunningStudio,
  type StudioOptions,
  startReview,
  studioSchema,
} from './server/studio.ts';
