import type { ImageFormat } from "../engine/describe-image.ts";
import type { PullPolicy } from "../engine/pull.ts";
import type { RegistryOptions } from "../engine/registry-session.ts";
import type { Platform } from "../oci/platform.ts";
import type { IgnoreRules } from "./context/ignore.ts";
import type { RunSettings } from "./execute/run.ts";
import type { Source } from "./parse/source.ts";
import type { BuildSecrets } from "./secrets.ts";
import type { SharedCache, SharedCacheTarget } from "./shared-cache/shared-cache.ts";

/** What is changed about the image after its last step. */
export type ImageChanges = {
  /** NAME=VALUE. */
  readonly env: readonly string[];
  readonly unsetEnv: readonly string[];
  readonly unsetLabels: readonly string[];
  readonly omitHistory: boolean;
};

/** A folder, or an image: by name, or as `oci-layout://FOLDER[:TAG|@DIGEST]`. */
export type NamedContext = { readonly folder: string; readonly ignore: IgnoreRules } | { readonly image: string };

/** What is built, from what, and how. */
export type BuildRequest = {
  readonly containerfile: Source;
  /** A folder. */
  readonly context: string;
  readonly ignore: IgnoreRules;
  /** Names that `--from` and FROM may use, and what each stands for. */
  readonly namedContexts: ReadonlyMap<string, NamedContext>;
  readonly target: string | undefined;
  /** Full names that the image gets. */
  readonly names: readonly string[];
  readonly buildArguments: ReadonlyMap<string, string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly changes: ImageChanges;
  /** Undefined for the host's: for another one no command can run. */
  readonly platform: Platform | undefined;
  /** In place of what the first FROM names. */
  readonly firstBase: string | undefined;
  /** Which layers become one. */
  readonly squash: "nothing" | "new" | "all";
  readonly format: ImageFormat;
  readonly useCache: boolean;
  /** Where results of steps may be found that are not in the store, and where they go. */
  readonly cacheFrom: readonly SharedCache[];
  readonly cacheTo: readonly SharedCacheTarget[];
  /** The image tells of its steps, so that a build elsewhere can take them from it. */
  readonly inlineCache: boolean;
  /** Stages whose steps are run anew. */
  readonly noCacheStages: readonly string[];
  readonly pull: PullPolicy;
  readonly registry: RegistryOptions;
  /** Seconds since 1970 that all times become; undefined for the present. */
  readonly timestamp: number | undefined;
  /** Steps that may run at the same time. */
  readonly jobs: number;
  readonly settings: RunSettings;
  readonly secrets: BuildSecrets;
  readonly allowInsecure: boolean;
  readonly allowHostNetwork: boolean;
  readonly signal: AbortSignal;
};
