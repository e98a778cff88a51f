// What the bench's endpoint tells of itself, and where.
export interface EndpointStats {
  /** Answers so far, and the milliseconds from the first completed one to the last. */
  readonly answers: number;
  readonly spanMs: number;
  readonly mostInFlight: number;
  /** Of all request bodies. */
  readonly megabytes: number;
}

/** Below the endpoint's base URL. Reading it starts the count anew. */
export const STATS = '/stats';

export async function takeStats(baseURL: string): Promise<EndpointStats> {
  return (await (await fetch(`${baseURL}${STATS}`)).json()) as EndpointStats;
}

/** Answers a second from the first completed one on. */
export const rateOf = ({ answers, spanMs }: EndpointStats): number => ((answers - 1) * 1000) / spanMs;
