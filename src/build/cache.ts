import { createHash } from "node:crypto";
import type { Engine } from "../engine/engine.ts";
import { hasBlob } from "../image/content-store.ts";
import { getBuildStep, putBuildStep, setAsideBuildStep } from "../state/build-steps.ts";
import { fleetingTransaction, transaction } from "../state/database.ts";
import { findLayer } from "../state/layers.ts";
import type { StageFiles, StoredLayer } from "./execute/files.ts";

/** Changes whenever the same step may give another result than before. */
const VERSION = 3;
/** How often it is written down that a step was used. */
const USED_EVERY_MS = 3_600_000;

/** A result that is here already: a layer, or nothing for a step that changed no file. */
export type CachedStep = { readonly layer: StoredLayer | undefined; readonly madeAt: number };

/** The key of a step: a digest of the files it stands on and of all that it reads. Never a time, a path on the host, a name of a stage. */
export function stepKey(files: StageFiles, inputs: object): string {
  const parent = files.chain.at(-1) ?? "";
  return createHash("sha256")
    .update(JSON.stringify([VERSION, parent, inputs]))
    .digest("hex");
}

/** What the step of this key has made, as long as all of it is here. */
export function findCached(engine: Engine, key: string): CachedStep | undefined {
  const step = getBuildStep(engine.store, key);
  if (step === undefined) return undefined;
  const { layer, createdAt: madeAt } = step;
  const whole =
    layer === undefined ||
    (findLayer(engine.store, layer.chainId) !== undefined && hasBlob(engine.paths, layer.blob.digest, layer.blob.size));
  if (!whole) return undefined;
  const now = Date.now();
  if (now - step.usedAt > USED_EVERY_MS)
    fleetingTransaction(engine.store, () => putBuildStep(engine.store, { ...step, usedAt: now }));
  return { layer, madeAt };
}

/**
 * Writes down what a step has made. What the same step made before, when it was run anew, may be below other layers at this moment: its record
 * is set aside, for `builder prune` to free.
 */
export function keepStep(engine: Engine, key: string, step: CachedStep & { readonly title: string }): void {
  const { layer, title, madeAt } = step;
  transaction(engine.store, () => {
    const before = getBuildStep(engine.store, key)?.layer;
    if (before !== undefined && before.chainId !== layer?.chainId)
      setAsideBuildStep(engine.store, key, `${key}-${crypto.randomUUID()}`);
    putBuildStep(engine.store, { key, layer, title, createdAt: madeAt, usedAt: madeAt });
  });
}
