// Counts of the server in Prometheus' text format (version 0.0.4). Leaves out: a client library's registry; what is counted is listed here.

export type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Sample name and labels as they are printed → value. */
  readonly samples: Map<string, number>;
}

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

function sample(name: string, labels: Labels): string {
  const inner = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return inner.length === 0 ? name : `${name}{${inner.join(',')}}`;
}

/** Bounds of the histogram of seconds. */
const BOUNDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60];

export class Metrics {
  private readonly families = new Map<string, Family>();
  private readonly gauges: (() => void)[] = [];

  private family(name: string, type: Family['type'], help: string): Family {
    let family = this.families.get(name);
    if (!family) {
      family = { help, type, samples: new Map() };
      this.families.set(name, family);
    }
    return family;
  }

  /** Adds to a counter; its name ends in _total. */
  add(name: string, help: string, by = 1, labels: Labels = {}): void {
    const { samples } = this.family(name, 'counter', help);
    const key = sample(name, labels);
    samples.set(key, (samples.get(key) ?? 0) + by);
  }

  /** A value that is read when somebody asks. */
  watch(name: string, type: 'counter' | 'gauge', help: string, read: () => number, labels: Labels = {}): void {
    const { samples } = this.family(name, type, help);
    this.gauges.push(() => samples.set(sample(name, labels), read()));
  }

  observe(name: string, help: string, seconds: number, labels: Labels = {}): void {
    const { samples } = this.family(name, 'histogram', help);
    const raise = (key: string, by: number) => samples.set(key, (samples.get(key) ?? 0) + by);
    for (const bound of BOUNDS)
      raise(sample(`${name}_bucket`, { ...labels, le: String(bound) }), seconds <= bound ? 1 : 0);
    raise(sample(`${name}_bucket`, { ...labels, le: '+Inf' }), 1);
    raise(sample(`${name}_sum`, labels), seconds);
    raise(sample(`${name}_count`, labels), 1);
  }

  text(): string {
    for (const read of this.gauges) read();
    const lines = [...this.families].flatMap(([name, { help, type, samples }]) => [
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
      ...[...samples].map(([key, value]) => `${key} ${value}`),
    ]);
    return `${lines.join('\n')}\n`;
  }
}
