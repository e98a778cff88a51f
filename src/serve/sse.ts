// Server-sent events as OpenAI's clients read them: one JSON object per event, "[DONE]" at the end, an object with `error` where it fails.
import type { ApiError } from './errors.ts';

export interface EventSource {
  /** Writes events until it is done; what it rejects with becomes the last event. */
  run(send: (event: object) => void): Promise<void>;
  /** The error that clients are told. */
  explain(error: unknown): ApiError;
  /** The client has gone away. */
  onGone(): void;
}

export function eventStream({ run, explain, onGone }: EventSource): Response {
  const encoder = new TextEncoder();
  let open = true;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (data: string) => {
        if (open) controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      };
      const close = () => {
        if (open) controller.close();
        open = false;
      };
      run((event) => write(JSON.stringify(event)))
        .then(
          () => write('[DONE]'),
          (error: unknown) => write(JSON.stringify(explain(error).body)),
        )
        .finally(close);
    },
    cancel() {
      open = false;
      onGone();
    },
  });
  return new Response(body, {
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache',
      'X-Accel-Buffering': 'no',
    },
  });
}
