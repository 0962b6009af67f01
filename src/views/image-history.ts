import { formatSize } from "../lib/size.ts";
import type { HistoryEntry } from "../oci/image-config.ts";
import { createdAt, createdSince } from "./image.ts";

/** What a line of `history` is made from. */
export type HistoryFacts = HistoryEntry & { sizeBytes: number; imageId: string | undefined; names: readonly string[] };

/** One line of `history`, with Podman's names for its columns. */
export type HistoryRow = {
  ID: string;
  Created: string;
  CreatedSince: string;
  CreatedAt: string;
  CreatedBy: string;
  Size: string;
  Comment: string;
  Tags: readonly string[];
};

type RowOptions = {
  nowMs: number;
  /** Whole ids and commands. */
  full: boolean;
  /** Sizes and times for people. */
  human: boolean;
};

const COMMAND_WIDTH = 45;

/** The line of one step. */
export function historyRow(step: HistoryFacts, { nowMs, full, human }: RowOptions): HistoryRow {
  const createdAtMs = Date.parse(step.created ?? "");
  const known = !Number.isNaN(createdAtMs);
  const command = (step.createdBy ?? "").replace(/\s+/g, " ");
  const since = known ? createdSince(createdAtMs, nowMs) : "";
  return {
    ID: step.imageId === undefined ? "<missing>" : full ? step.imageId : step.imageId.slice(0, 12),
    Created: human ? since : (step.created ?? ""),
    CreatedSince: since,
    CreatedAt: known ? createdAt(createdAtMs) : "",
    CreatedBy: full || command.length <= COMMAND_WIDTH ? command : `${command.slice(0, COMMAND_WIDTH - 3)}...`,
    Size: human ? formatSize(step.sizeBytes) : String(step.sizeBytes),
    Comment: step.comment ?? "",
    Tags: step.names,
  };
}

/** Podman's `history --format json` object. */
export function historyJson(step: HistoryFacts): object {
  return {
    id: step.imageId ?? "<missing>",
    created: step.created ?? "",
    CreatedBy: step.createdBy ?? "",
    size: step.sizeBytes,
    ...(step.comment === undefined ? {} : { comment: step.comment }),
    ...(step.names.length === 0 ? {} : { tags: step.names }),
    Created: step.created ?? "",
  };
}
