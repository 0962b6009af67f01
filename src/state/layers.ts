import type { Database } from "bun:sqlite";
import { EstibaError } from "../lib/error.ts";
import { transaction } from "./database.ts";

/** A committed layer: unpacked, verified and on the disk. */
export type LayerRecord = {
  readonly chainId: string;
  readonly diffId: string;
  /** Chain id of the layer it stands on; null for a lowest one. */
  readonly parent: string | null;
  /** Name of its folder in the store of layers. */
  readonly folder: string;
  /** Data of its files, holes not counted. */
  readonly sizeBytes: number;
  /** Entries of its archive. */
  readonly entries: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
};

const COLUMNS =
  "chain_id AS chainId, diff_id AS diffId, parent, folder, size_bytes AS sizeBytes, entries, created_at AS createdAt";

/** The layer of that chain id, or undefined. */
export function findLayer(store: Database, chainId: string): LayerRecord | undefined {
  return (
    store.query<LayerRecord, [string]>(`SELECT ${COLUMNS} FROM layer WHERE chain_id = ?`).get(chainId) ?? undefined
  );
}

/** Every layer, oldest first. */
export function listLayers(store: Database): LayerRecord[] {
  return store.query<LayerRecord, []>(`SELECT ${COLUMNS} FROM layer ORDER BY created_at, chain_id`).all();
}

/**
 * The folder names of a layer and all it stands on, topmost first, as overlay wants its lower folders; they lie in the store of layers. An
 * empty chain id has none. Throws `not_found` where one of them is not there.
 */
export function layerPaths(store: Database, chainId: string): string[] {
  if (chainId === "") return [];
  const rows = store
    .query<{ folder: string; parent: string | null }, [string]>(
      `WITH RECURSIVE chain (folder, parent, depth) AS (
         SELECT folder, parent, 0 FROM layer WHERE chain_id = ?
         UNION ALL
         SELECT layer.folder, layer.parent, depth + 1 FROM layer JOIN chain ON layer.chain_id = chain.parent
       ) SELECT folder, parent FROM chain ORDER BY depth`,
    )
    .all(chainId);
  const missing = rows.length === 0 ? chainId : rows.at(-1)?.parent;
  if (missing === null || missing === undefined) return rows.map(({ folder }) => folder);
  throw noLayer(missing);
}

function noLayer(chainId: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "state.no_layer",
    what: `the layer ${chainId} is not in the store`,
    fix: "pull the image again",
  });
}

/**
 * Adds a layer unless there is one of that chain id; true when it was added. Throws `not_found` when the layer it stands on was removed
 * meanwhile.
 */
export function insertLayer(store: Database, layer: LayerRecord): boolean {
  return transaction(store, () => {
    if (layer.parent !== null && findLayer(store, layer.parent) === undefined) throw noLayer(layer.parent);
    const { changes } = store.run(
      `INSERT INTO layer (chain_id, diff_id, parent, folder, size_bytes, entries, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (chain_id) DO NOTHING`,
      [layer.chainId, layer.diffId, layer.parent, layer.folder, layer.sizeBytes, layer.entries, layer.createdAt],
    );
    return changes > 0;
  });
}

/**
 * Forgets a layer unless another stands on it; its folder is the caller's to free afterwards. Gives the record when it was forgotten,
 * undefined when there is no such layer or it is still stood on.
 */
export function deleteLayer(store: Database, chainId: string): LayerRecord | undefined {
  return transaction(store, () => {
    const layer = findLayer(store, chainId);
    const above = store
      .query<{ found: number }, [string]>("SELECT 1 AS found FROM layer WHERE parent = ? LIMIT 1")
      .get(chainId);
    if (layer === undefined || above !== null) return undefined;
    store.run("DELETE FROM layer WHERE chain_id = ?", [chainId]);
    return layer;
  });
}
