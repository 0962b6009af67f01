/** Seconds; as Prometheus' own clients have them, with two for what takes long here: a pull, a build. */
const BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300];

type Series = { readonly counts: number[]; sum: number; count: number };

/** Labels of a series, as `{a="b"}`. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return words.length === 0 ? "" : `{${words.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** How often something took how long, by labels. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #series = new Map<string, { labels: Readonly<Record<string, string>>; series: Series }>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  observe(labels: Readonly<Record<string, string>>, seconds: number): void {
    const key = labelText(labels);
    const known = this.#series.get(key) ?? { labels, series: { counts: BOUNDS.map(() => 0), sum: 0, count: 0 } };
    this.#series.set(key, known);
    const { series } = known;
    series.sum += seconds;
    series.count++;
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
  }

  /** In Prometheus' text form. */
  lines(): string[] {
    const name = this.#name;
    if (this.#series.size === 0) return [];
    const all = [...this.#series.values()].flatMap(({ labels, series }) => {
      let below = 0;
      const buckets = BOUNDS.map((bound, index) => {
        below += series.counts[index] ?? 0;
        return `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${below}`;
      });
      return [
        ...buckets,
        `${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${series.count}`,
        `${name}_sum${labelText(labels)} ${series.sum}`,
        `${name}_count${labelText(labels)} ${series.count}`,
      ];
    });
    return [`# HELP ${name} ${this.#help}`, `# TYPE ${name} histogram`, ...all];
  }
}
