import type { Engine } from "../../engine/engine.ts";
import { readPublished } from "../../engine/publication.ts";
import { destinationOf, placeOf } from "../../engine/push.ts";
import { openSession, type RegistryOptions } from "../../engine/registry-session.ts";
import { resolveImage } from "../../image/registry/resolve.ts";
import type { RegistrySession } from "../../image/registry/session.ts";
import { fetchTags } from "../../image/registry/tags.ts";
import { putManifest, uploadBlob } from "../../image/registry/upload.ts";
import type { ImageSource } from "../../image/source.ts";
import { isEstibaError } from "../../lib/error.ts";
import { MEDIA_TYPE } from "../../oci/descriptor.ts";
import { hostPlatform } from "../../oci/platform.ts";
import type { QualifiedReference } from "../../oci/reference.ts";
import { inlineSteps, once } from "./inline.ts";
import type { SharedCache, SharedCacheTarget } from "./shared-cache.ts";

/**
 * Results of steps in a repository of a registry, each an image whose tag is the step's key; and those that the image of the name's own tag
 * tells of. Throws `invalid` for a name without a registry.
 */
export function registryCache(repository: string, options: RegistryOptions): SharedCache {
  const open = sessionFor(repository, options, "pull");
  const own = destinationOf(repository, repository);
  const resolve = async (reference: QualifiedReference, signal: AbortSignal): Promise<ImageSource | undefined> => {
    try {
      return (await resolveImage(await open(), reference, hostPlatform(), signal)).source;
    } catch (error) {
      if (isEstibaError(error, "not_found")) return undefined;
      throw error;
    }
  };
  const toldBy = async (signal: AbortSignal): Promise<ReadonlyMap<string, ImageSource>> => {
    const image = await resolve(own, signal);
    return image === undefined ? new Map() : await inlineSteps(image, signal);
  };
  const { digest: _, ...named } = own;
  const held: { told?: Promise<ReadonlyMap<string, ImageSource>> } = {};
  return {
    name: repository,
    find: async (key, signal) => {
      held.told ??= toldBy(signal);
      return (await held.told).get(key) ?? (await resolve({ ...named, tag: key }, signal));
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
