import type { Engine } from "../../engine/engine.ts";
import type { Loaded } from "../load.ts";
import type { Naming } from "../plan/names.ts";
import type { ImageAction } from "../plan/step.ts";
import type { Service } from "../service.ts";
import type { SpecContext } from "../spec/context.ts";

type ImageHow = { readonly signal: AbortSignal; readonly warn: (text: string) => void };

/** What every step needs to be done. */
export type Applying = {
  readonly engine: Engine;
  readonly loaded: Loaded;
  readonly naming: Naming;
  /** By service: the hash that its new containers are labelled with. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Seconds for containers to stop, over what the services say. */
  readonly timeoutSeconds?: number | undefined;
  /** What `kill` steps send; undefined as SIGKILL. */
  readonly killSignal?: string | undefined;
  /** By service: KEY=VALUE that its provider gives to those that depend on it. */
  readonly provided: Map<string, readonly string[]>;
  /** Brings an image: whoever gives this knows registries and builders. */
  readonly images: (action: ImageAction, how: ImageHow) => Promise<string | undefined>;
  /** Is told what hooks print. */
  readonly hookOutput?: ((container: string, output: string) => void) | undefined;
  /** Labels of every new container. */
  readonly labels?: Readonly<Record<string, string>>;
};

/** The service of a step; undefined where the files do not have it, as for orphans. */
export function serviceOf({ loaded }: Applying, name: string): Service | undefined {
  return loaded.project.services[name];
}

/** The context of a service's translation. */
export function contextOf({ loaded, naming }: Applying, name: string): SpecContext {
  return { loaded, naming, name, service: loaded.project.services[name] as Service };
}

type Given = Pick<Applying, "naming"> & Partial<Omit<Applying, "engine" | "loaded">>;

/** What steps need, for verbs that need only some of it. */
export function makeApplying(engine: Engine, loaded: Loaded, given: Given): Applying {
  return {
    engine,
    loaded,
    hashes: {},
    provided: new Map(),
    images: async () => await Promise.resolve(undefined),
    ...given,
  };
}
