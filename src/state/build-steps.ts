import type { Database } from "bun:sqlite";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";

/** What a step of a build has made: a layer on top of another, or nothing. */
export type BuildStepRecord = {
  /** Digest of all that the result depends on. */
  readonly key: string;
  /** Undefined for a step that changed no file. */
  readonly layer: { readonly chainId: Digest; readonly diffId: Digest; readonly blob: Descriptor } | undefined;
  /** The instruction, for people. */
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly usedAt: number;
};

type Row = {
  key: string;
  chainId: Digest | null;
  diffId: Digest | null;
  blob: string | null;
  title: string;
  createdAt: number;
  usedAt: number;
};

const COLUMNS = "key, chain_id AS chainId, diff_id AS diffId, blob, title, created_at AS createdAt, used_at AS usedAt";

/** The step of that key; undefined where there is none. */
export function getBuildStep(store: Database, key: string): BuildStepRecord | undefined {
  const row = store.query<Row, [string]>(`SELECT ${COLUMNS} FROM build_step WHERE key = ?`).get(key);
  return row === null ? undefined : recordOf(row);
}

/** Every step, the one used longest ago first. */
export function listBuildSteps(store: Database): BuildStepRecord[] {
  return store.query<Row, []>(`SELECT ${COLUMNS} FROM build_step ORDER BY used_at, key`).all().map(recordOf);
}

/** Gives a step another key: it is found no more, and still keeps what it made until it is pruned. Joins the caller's transaction. */
export function setAsideBuildStep(store: Database, key: string, newKey: string): void {
  store.run("UPDATE build_step SET key = ? WHERE key = ?", [newKey, key]);
}

/** Writes a step down, or that it was used again. Joins the caller's transaction. */
export function putBuildStep(store: Database, step: BuildStepRecord): void {
  const { key, layer, title, createdAt, usedAt } = step;
  store.run(
    `INSERT INTO build_step (key, chain_id, diff_id, blob, blob_digest, title, created_at, used_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET chain_id = excluded.chain_id, diff_id = excluded.diff_id, blob = excluded.blob,
       blob_digest = excluded.blob_digest, created_at = excluded.created_at, used_at = excluded.used_at`,
    [
      key,
      layer?.chainId ?? null,
      layer?.diffId ?? null,
      layer === undefined ? null : JSON.stringify(layer.blob),
      layer?.blob.digest ?? null,
      title,
      createdAt,
      usedAt,
    ],
  );
}

/** Forgets a step; its layer and blob are the caller's to free afterwards. Joins the caller's transaction. */
export function deleteBuildStep(store: Database, key: string): void {
  store.run("DELETE FROM build_step WHERE key = ?", [key]);
}

function recordOf({ key, chainId, diffId, blob, title, createdAt, usedAt }: Row): BuildStepRecord {
  const layer =
    chainId === null || diffId === null || blob === null
      ? undefined
      : { chainId, diffId, blob: JSON.parse(blob) as Descriptor };
  return { key, layer, title, createdAt, usedAt };
}
