import type { HistoryEntry, ProcessDefaults } from "../oci/image-config.ts";
import type { Platform } from "../oci/platform.ts";
import type { StageFiles } from "./execute/files.ts";
import type { Stage } from "./parse/containerfile.ts";

/** A stage that is ready: its files, and what an image made from it does. */
export type BuiltStage = {
  readonly files: StageFiles;
  /** How much of files and history is the image's that it all began with. */
  readonly base: { readonly layers: number; readonly history: number };
  readonly process: ProcessDefaults;
  readonly author: string | undefined;
  readonly platform: Pick<Platform, "os" | "architecture" | "variant">;
  readonly history: readonly HistoryEntry[];
  readonly args: ReadonlyMap<string, string | undefined>;
};

/** What steps take files from, besides contexts. */
export type StageSources = {
  readonly stage: (stage: Stage) => Promise<BuiltStage>;
  readonly image: (name: string) => Promise<BuiltStage>;
};
