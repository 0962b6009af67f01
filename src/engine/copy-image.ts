import { readBlob, streamBlob } from "../image/content-store.ts";
import { EstibaError } from "../lib/error.ts";
import { withProgress } from "../lib/with-progress.ts";
import { parseManifest } from "../oci/manifest.ts";
import { type ImageRecord, imageNames } from "../state/images.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { receiveImage } from "./receive-image.ts";
import type { ImageProgress } from "./receive-layers.ts";

/**
 * Copies an image of one store into another, byte for byte, under its names or another one; what is there is not copied. Throws `not_found`,
 * `exhausted`, `cancelled`.
 */
export async function* copyImage(
  { from, to }: { readonly from: Engine; readonly to: Engine },
  text: string,
  { name, signal }: { readonly name: string | undefined; readonly signal: AbortSignal },
): AsyncGenerator<ImageProgress, { readonly image: ImageRecord; readonly names: readonly string[] }, undefined> {
  const { image, name: found } = findImage(from, text);
  const bytes = await readBlob(from.paths, image.manifestDigest);
  const manifest = parseManifest(bytes, undefined);
  if (manifest.kind !== "manifest") throw notAnImage(text);
  const own = found === undefined ? imageNames(from.store, image.id).map((row) => row.name) : [found];
  const names = name === undefined ? own.filter((one) => !one.includes("@")) : [name];
  return yield* withProgress(signal, async (report: (progress: ImageProgress) => void, innerSignal) => {
    const copied = await receiveImage(to, {
      source: {
        manifest,
        manifestDigest: image.manifestDigest,
        documents: [bytes],
        open: (blob) => streamBlob(from.paths, blob.digest),
      },
      names,
      repoDigests: [],
      signal: innerSignal,
      report,
    });
    emitEvent(to, { type: "image", action: "load", id: copied.id, name: names[0] ?? copied.id });
    return { image: copied, names };
  });
}

function notAnImage(text: string): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.bad_record",
    what: `the record of "${text}" names what is no image manifest`,
    fix: "run: estiba system check --repair, then pull the image again",
  });
}
