import type { Engine } from "../../engine/engine.ts";
import { readPublished } from "../../engine/publication.ts";
import { destinationOf, placeOf } from "../../engine/push.ts";
import { openSession, type RegistryOptions } from "../../engine/registry-session.ts";
import { fetchBlob, fetchManifest } from "../../image/registry/client.ts";
import type { RegistrySession } from "../../image/registry/session.ts";
import { fetchTags } from "../../image/registry/tags.ts";
import { putManifest, uploadBlob } from "../../image/registry/upload.ts";
import { isEstibaError } from "../../lib/error.ts";
import { MEDIA_TYPE } from "../../oci/descriptor.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { SharedCache, SharedCacheTarget } from "./shared-cache.ts";

/** Results of steps in a repository of a registry; a tag in its name says nothing. Throws `invalid` for a name without a registry. */
export function registryCache(repository: string, options: RegistryOptions): SharedCache {
  const open = sessionFor(repository, options, "pull");
  return {
    name: repository,
    find: async (key, signal) => {
      try {
        const session = await open();
        const { bytes, digest, contentType } = await fetchManifest(session, { tag: key }, signal);
        const manifest = parseManifest(bytes, contentType);
        if (manifest.kind !== "manifest") return undefined;
        return {
          manifest,
          manifestDigest: digest,
          documents: [bytes],
          open: (blob, innerSignal) => fetchBlob(session, blob, innerSignal),
        };
      } catch (error) {
        if (isEstibaError(error, "not_found")) return undefined;
        throw error;
      }
    },
  };
}

/** The same as a place where results go. */
export function registryCacheTarget(engine: Engine, repository: string, options: RegistryOptions): SharedCacheTarget {
  const open = sessionFor(repository, options, "push");
  return {
    name: repository,
    known: async (_keys, signal) => {
      try {
        return new Set(await fetchTags(await open(), signal));
      } catch (error) {
        if (isEstibaError(error, "not_found")) return new Set();
        throw error;
      }
    },
    keep: async (key, { manifest, config, configBytes, layers }, signal) => {
      const session = await open();
      const upload = { elsewhere: [], signal, report: () => undefined };
      for (const blob of layers)
        await uploadBlob(session, { ...upload, blob, read: (offset) => readPublished(engine, blob, offset) });
      await uploadBlob(session, { ...upload, blob: config, read: (offset) => once(configBytes.subarray(offset)) });
      await putManifest(session, key, { bytes: manifest, mediaType: MEDIA_TYPE.ociManifest }, signal);
    },
  };
}

function sessionFor(
  repository: string,
  options: RegistryOptions,
  action: "pull" | "push",
): () => Promise<RegistrySession> {
  const place = placeOf(destinationOf(repository, repository));
  const held: { session?: Promise<RegistrySession> } = {};
  return () => (held.session ??= openSession(place, options, action));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
