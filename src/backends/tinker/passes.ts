// Passes over a batch: its sequences in requests of bounded size, all under way at once; of a loss that needs the policy's own
// log-probabilities, each part's gradient goes out as soon as these are there. Leaves out: the losses themselves (losses.ts).
import { VideorftError } from '../../base/errors.ts';
import { handledElsewhere } from '../../base/handled.ts';
import type { LossInput, Sequence } from '../port.ts';
import { completionOf, datumOf, type EncodedPrompt, type PromptEncoder } from './chunks.ts';
import { type Normalization, needsPolicy, remoteLoss } from './losses.ts';
import type { RemoteModel } from './model.ts';

/** As the SDK does: larger bodies are split. */
const REQUEST_BYTES = 5_000_000;

interface Part {
  /** Indices into the batch. */
  readonly chosen: readonly number[];
}

/** Log-probabilities that are under way, part by part. */
interface Forwarded {
  readonly parts: readonly Promise<Float32Array[]>[];
  all(): Promise<Float32Array[]>;
}

interface Laid {
  readonly encoded: readonly EncodedPrompt[];
  readonly parts: readonly Part[];
}

export class Passes {
  private readonly encoder: PromptEncoder;
  private readonly normalization: Normalization;
  private readonly perRequest: number;
  /** Asked for ahead of need, for this very batch and these weights. */
  private ahead: { readonly batch: readonly Sequence[]; readonly forwarded: Promise<Forwarded> } | undefined;
  private accumulated = 0;

  constructor(encoder: PromptEncoder, normalization: Normalization, perRequest: number) {
    this.encoder = encoder;
    this.normalization = normalization;
    this.perRequest = perRequest;
  }

  /** The weights have changed, and no gradient is accumulated. */
  stepped(): void {
    this.ahead = undefined;
    this.accumulated = 0;
  }

  private async layOut(batch: readonly Sequence[]): Promise<Laid> {
    const encoded = await Promise.all(batch.map((s) => this.encoder.encode(s.prompt)));
    const parts: { chosen: number[]; bytes: number }[] = [];
    for (const [i, { bytes }] of encoded.entries()) {
      const last = parts.at(-1);
      const fits = last && last.chosen.length < this.perRequest && last.bytes + bytes <= REQUEST_BYTES;
      if (fits) {
        last.chosen.push(i);
        last.bytes += bytes;
      } else parts.push({ chosen: [i], bytes });
    }
    return { encoded, parts };
  }

  async forward(model: RemoteModel, batch: readonly Sequence[]): Promise<Forwarded> {
    const { encoded, parts } = await this.layOut(batch);
    const pending = parts.map(async ({ chosen }) => {
      const data = chosen.map((i) => datumOf(encoded[i], batch[i].tokens, { weights: batch[i].tokens.map(() => 1) }));
      const rows = await model.forward({ data, loss_fn: 'cross_entropy' });
      return rows.map((row, k) => completionOf(encoded[chosen[k]], batch[chosen[k]], row));
    });
    pending.forEach(handledElsewhere); // by `all`, or by the parts' gradients
    return { parts: pending, all: async () => (await Promise.all(pending)).flat() };
  }

  prepare(model: RemoteModel, batch: readonly Sequence[]): void {
    // By forwardBackward of this batch; where another comes instead, nobody needs it.
    this.ahead = { batch, forwarded: handledElsewhere(this.forward(model, batch)) };
  }

  /** Adds the loss's gradient to what is accumulated; resolves to the log-probabilities it was taken at. */
  async forwardBackward(model: RemoteModel, batch: readonly Sequence[], loss: LossInput): Promise<Float32Array[]> {
    this.refuseSecond();
    this.accumulated++;
    const { encoded, parts } = await this.layOut(batch);
    const known = this.ahead?.batch === batch ? this.ahead.forwarded : undefined;
    const policy = needsPolicy(loss) ? await (known ?? this.forward(model, batch)) : undefined;
    const scale = { sequences: batch.length, normalization: this.normalization };
    const rows = parts.map(async ({ chosen }, p) => {
      const policy_P = await policy?.parts[p];
      const losses = chosen.map((i, k) => remoteLoss(loss, i, scale, policy_P?.[k]));
      const { loss_fn, loss_fn_config } = losses[0];
      const data = chosen.map((i, k) => datumOf(encoded[i], batch[i].tokens, losses[k].values));
      const out = await model.forwardBackward({ data, loss_fn, ...(loss_fn_config ? { loss_fn_config } : {}) });
      return out.map((row, k) => completionOf(encoded[chosen[k]], batch[chosen[k]], row));
    });
    return (await Promise.all(rows)).flat();
  }

  /** Such a server divides by the number of sequences since the last step, which is only known then. */
  private refuseSecond(): void {
    if (this.normalization === 'sum' || this.accumulated === 0) return;
    throw new VideorftError('this server takes means over what is accumulated: one batch a step', {
      code: 'tinker-accumulate',
      fix: 'give the whole batch to one forwardBackward; it is sent in several requests',
    });
  }
}
