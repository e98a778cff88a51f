// videorft/ingest: question sets of any form become one checked set of samples.
export { type IngestConfig, type IngestInput, ingestSchema } from './config.ts';
export { type IngestTools, ingest } from './ingest.ts';
export { formatReport, type IngestReport } from './output/report.ts';
export { type SkillExpert, wantsSkillExpert } from './skill-expert.ts';
