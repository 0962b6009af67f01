import type { ScheduleSpec } from "../../state/spec/schedule.ts";
import type { Condition } from "../service.ts";
import type { ObservedVolumeUse } from "./observed.ts";

/** What is different, in the file's words: `environment.DEBUG`, with its values where they are known. */
export type Change = {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** The same below the service, to be looked up in the file. */
  readonly at?: readonly (string | number)[];
};

/** A container that another one takes the place of. */
export type Replaced = {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** The new one is started, and well, before this one is stopped. */
  readonly startFirst?: boolean;
};

/** Bringing an image, before anything that is made from it is planned. */
export type ImageAction =
  | {
      readonly kind: "pull";
      readonly image: string;
      readonly service: string;
      /** Where it cannot be pulled: it is built then, it is done without, or the command fails. */
      readonly otherwise: "build" | "ignore" | "fail";
    }
  | { readonly kind: "build"; readonly image: string; readonly service: string };

/** One thing that is done to the world. Containers that are still to be made are known by their names. */
export type Action =
  | ImageAction
  | { readonly kind: "create-network"; readonly key: string; readonly name: string }
  | { readonly kind: "remove-network"; readonly name: string; readonly users: readonly string[] }
  | { readonly kind: "create-pod"; readonly key: string; readonly name: string }
  | { readonly kind: "remove-pod"; readonly name: string }
  /** Ends the container that holds a pod together; `id` is that container's. */
  | { readonly kind: "stop-pod"; readonly id: string; readonly name: string }
  | { readonly kind: "create-volume"; readonly key: string; readonly name: string }
  | { readonly kind: "remove-volume"; readonly name: string }
  | { readonly kind: "remove-image"; readonly name: string }
  | {
      readonly kind: "create";
      readonly service: string;
      readonly number: number;
      readonly name: string;
      readonly replaces?: Replaced;
      /** Its host ports are those of all containers of the service. */
      readonly sharesPorts: boolean;
      /** Anonymous volumes that it takes over, by their targets. */
      readonly inherits: readonly ObservedVolumeUse[];
    }
  | { readonly kind: "start"; readonly service: string; readonly name: string; readonly hooks: boolean }
  /** From now on it is started at the times of its schedule. */
  | { readonly kind: "schedule"; readonly service: string; readonly name: string; readonly schedule: ScheduleSpec }
  | { readonly kind: "keep"; readonly name: string }
  | { readonly kind: "stop"; readonly id: string; readonly name: string; readonly service: string }
  | { readonly kind: "kill"; readonly id: string; readonly name: string; readonly service: string }
  | { readonly kind: "restart"; readonly id: string; readonly name: string; readonly service: string }
  | { readonly kind: "pause" | "unpause"; readonly id: string; readonly name: string; readonly service: string }
  | { readonly kind: "remove"; readonly id: string; readonly name: string; readonly volumes: boolean }
  | { readonly kind: "rename"; readonly id: string; readonly name: string }
  /** Ends what a cut off `up` began: all of the old one's goes to this one, which gets its name. */
  | {
      readonly kind: "take-over";
      readonly id: string;
      readonly name: string;
      readonly old: string;
      readonly service: string;
      readonly sharesPorts: boolean;
    }
  | { readonly kind: "pre-start"; readonly service: string }
  | { readonly kind: "provider"; readonly service: string; readonly verb: "up" | "down" | "stop" }
  | {
      readonly kind: "wait";
      readonly service: string;
      readonly containers: readonly string[];
      readonly condition: Condition | "running_or_healthy";
      readonly required: boolean;
    };

/** A node of the graph: it may begin when all of `after` are done. */
export type Step = {
  readonly id: string;
  readonly after: readonly string[];
  readonly action: Action;
  /** Why it is done, where that is not plain. */
  readonly why?: readonly Change[];
};
