// videorft/analyze: what a data set holds, and what tells two apart.
export type { Analysis, SetAnalysis } from './analysis.ts';
export { type AnalyzeTools, analyze } from './analyze.ts';
export { type AnalyzeConfig, analyzeSchema } from './config.ts';
