import type { RecreatePolicy } from "./divergence.ts";
import type { Naming } from "./names.ts";
import type { ProjectPods } from "./pods.ts";

/** What an `up` is asked to do, as far as the plan goes. */
export type UpRequest = {
  readonly naming: Naming;
  /** Services that were named; the others are there because these depend on them. */
  readonly targets: readonly string[];
  readonly recreate: RecreatePolicy;
  readonly recreateDependencies: RecreatePolicy;
  /** By service, over what the file says. */
  readonly scale: Readonly<Record<string, number>>;
  /** Services whose containers stay as they are: what they stand on is made, and what they depend on is waited for. */
  readonly leave?: readonly string[];
  readonly pods: ProjectPods;
  /** False only creates. */
  readonly start: boolean;
  /** By service: {@link serviceHash}. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Do not take anonymous volumes over. */
  readonly renewVolumes: boolean;
  /** Real names of changed volumes that may be made anew, with the loss of their data. */
  readonly replaceVolumes: readonly string[];
  readonly orphans: "warn" | "remove" | "ignore";
  /** Every service of the files, also disabled ones: containers of others are orphans. */
  readonly known: readonly string[];
};
