import type { Option } from "../command.ts";

type Kinds = {
  readonly parallelism: "integer";
  readonly delay: "string";
  readonly order: "string";
  readonly monitor: "string";
  readonly "failure-action": "string";
  readonly "max-failure-ratio": "string";
  readonly "progress-deadline": "string";
};

/** Options by which the steps of an update are said, or those of a rollback: `--update-delay`, `--rollback-delay`. */
export type StepOptions<P extends string> = {
  readonly [K in keyof Kinds as `${P}-${K}`]: Option & { readonly kind: Kinds[K] };
};

/** What the two do not say alike. */
type Own = {
  /** What `--...-parallelism` counts. */
  readonly counts: string;
  /** When `--...-failure-action` is asked for. */
  readonly fails: string;
  readonly actions: readonly string[];
};

/** The options of the steps of an update or of a rollback. */
export function stepOptions<P extends string>(prefix: P, { counts, fails, actions }: Own): StepOptions<P> {
  const duration = { kind: "string", value: "DURATION" } as const;
  const options: { readonly [K in keyof Kinds]: Option & { readonly kind: Kinds[K] } } = {
    parallelism: { kind: "integer", value: "N", help: `${counts} at once, 0 for all (default 1)` },
    delay: { ...duration, help: "Between tasks (default 0s)" },
    order: {
      kind: "string",
      value: "ORDER",
      choices: ["stop-first", "start-first"],
      help: "What is first (default stop-first)",
    },
    monitor: { ...duration, help: "Failures count so long after a start (default 5s)" },
    "failure-action": { kind: "string", value: "ACTION", choices: actions, help: `${fails} (default pause)` },
    "max-failure-ratio": { kind: "string", value: "RATIO", help: "The part that may fail, 0 to 1 (default 0)" },
    "progress-deadline": { ...duration, help: "The longest time without progress, 0s: none (default 10m)" },
  };
  const prefixed = Object.entries(options).map(([name, option]) => [`${prefix}-${name}`, option]);
  return Object.fromEntries(prefixed) as StepOptions<P>;
}
