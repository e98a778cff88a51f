// videorft/ingest: question sets of any form become one checked set of samples.
export { type IngestConfig, type IngestInput, ingestSchema } from './config.ts';
export { ingest } from './ingest.ts';
export { formatReport, type IngestReport } from './output/report.ts';
