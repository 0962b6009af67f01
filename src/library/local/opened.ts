import type { Engine } from "../../engine/engine.ts";
import type { ContainerSpec } from "../../state/container.ts";

/** Options of `estiba create` as words, to what they ask for. */
export type SpecFromWords = (
  words: readonly string[],
  image: string,
  command: readonly string[],
) => Promise<ContainerSpec>;

/** What the parts of the library share. */
export type Opened = { readonly engine: Engine; readonly specFromWords: SpecFromWords };
