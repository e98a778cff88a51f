// GPUs and machines that can be rented: data sheets, and prices as settings. Leaves out: what they are good for (plans.ts).

export interface Gpu {
  readonly name: string;
  /** bf16 without sparsity, FLOP/s. */
  readonly flops: number;
  /** Memory, bytes/s. */
  readonly bandwidth: number;
  readonly memory: number;
  /** To the other GPUs of its machine, one way, bytes/s. */
  readonly link: number;
  /** Rent of one GPU for an hour, USD. */
  readonly dollars: number;
  readonly source: string;
}

export const gpus = {
  A800: {
    name: 'A800 80 GB',
    flops: 312e12,
    bandwidth: 2.039e12,
    memory: 80e9,
    link: 200e9,
    dollars: 2.79,
    source: "NVIDIA A100 80 GB SXM's data sheet, NVLink cut to 400 GB/s both ways; price of 8 × A100 80 GB",
  },
  A100: {
    name: 'A100 80 GB',
    flops: 312e12,
    bandwidth: 2.039e12,
    memory: 80e9,
    link: 300e9,
    dollars: 2.79,
    source: "NVIDIA's data sheet (SXM); lambda.ai/instances, 8 × A100 SXM 80 GB, 2026-09-20",
  },
  H100: {
    name: 'H100 80 GB',
    flops: 989e12,
    bandwidth: 3.35e12,
    memory: 80e9,
    link: 450e9,
    dollars: 3.99,
    source: "NVIDIA's data sheet (SXM); lambda.ai/instances, 8 × H100 SXM, 2026-09-20",
  },
} as const satisfies Record<string, Gpu>;

/** GPUs of one machine. */
const perMachine = 8;
/** One NIC of 400 Gbit/s a GPU, as in DGX H100, one way, bytes/s. */
export const networkCard = 50e9;
/** Physical cores of such a machine (lambda.ai: 208 virtual ones of 8 × H100). */
export const coresPerMachine = 104;

export interface Cluster {
  readonly gpu: Gpu;
  readonly count: number;
}

export const machinesOf = ({ count }: Cluster): number => Math.ceil(count / perMachine);

/** What a ring over all GPUs is bound by: their link within a machine, the network card beyond. */
export const ringBandwidth = (cluster: Cluster): number =>
  machinesOf(cluster) > 1 ? Math.min(networkCard, cluster.gpu.link) : cluster.gpu.link;

/** Cores that decode video: those of the rented share of a machine. */
export const coresOf = ({ count }: Cluster): number => (coresPerMachine * count) / perMachine;

/** USD for so many seconds of all of it. */
export const rentOf = ({ gpu, count }: Cluster, seconds: number): number => (gpu.dollars * count * seconds) / 3600;
