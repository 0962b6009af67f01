import type { Engine } from "../../engine/engine.ts";
import { readPublished } from "../../engine/publication.ts";
import { destinationOf, placeOf } from "../../engine/push.ts";
import { openSession, type RegistryOptions } from "../../engine/registry-session.ts";
import { resolveImage } from "../../image/registry/resolve.ts";
import type { RegistrySession } from "../../image/registry/session.ts";
import { fetchTags } from "../../image/registry/tags.ts";
import { putManifest, uploadBlob } from "../../image/registry/upload.ts";
import type { ImageSource } from "../../image/source.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { MEDIA_TYPE } from "../../oci/descriptor.ts";
import { hostPlatform } from "../../oci/platform.ts";
import { isQualified, parseReference, type QualifiedReference, withDefaultTag } from "../../oci/reference.ts";
import { inlineSteps, once } from "./inline.ts";
import type { SharedCache, SharedCacheTarget } from "./shared-cache.ts";

/**
 * Results of steps in a repository of a registry, each an image whose tag is the step's key; and those that the image of the name's own tag
 * tells of. A name without a registry is told as a place that cannot be asked: elsewhere it stands for an image of the store, whose steps are
 * in the cache anyway.
 */
export function registryCache(repository: string, options: RegistryOptions): SharedCache {
  const held: { open?: () => Promise<RegistrySession>; told?: Promise<ReadonlyMap<string, ImageSource>> } = {};
  const resolve = async (reference: QualifiedReference, signal: AbortSignal): Promise<ImageSource | undefined> => {
    try {
      held.open ??= sessionFor(reference, options, "pull");
      return (await resolveImage(await held.open(), reference, hostPlatform(), signal)).source;
    } catch (error) {
      if (isEstibaError(error, "not_found")) return undefined;
      throw error;
    }
  };
  const toldBy = async (own: QualifiedReference, signal: AbortSignal): Promise<ReadonlyMap<string, ImageSource>> => {
    const image = await resolve(own, signal);
    return image === undefined ? new Map() : await inlineSteps(image, signal);
  };
  return {
    name: repository,
    find: async (key, signal) => {
      const own = withDefaultTag(parseReference(repository));
      if (!isQualified(own)) throw noRegistry(repository);
      held.told ??= toldBy(own, signal);
      const { digest: _, ...named } = own;
      return (await held.told).get(key) ?? (await resolve({ ...named, tag: key }, signal));
    },
  };
}

/** The same as a place where results go. */
export function registryCacheTarget(engine: Engine, repository: string, options: RegistryOptions): SharedCacheTarget {
  const open = sessionFor(destinationOf(repository, repository), options, "push");
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
  reference: QualifiedReference,
  options: RegistryOptions,
  action: "pull" | "push",
): () => Promise<RegistrySession> {
  const place = placeOf(reference);
  const held: { session?: Promise<RegistrySession> } = {};
  return () => (held.session ??= openSession(place, options, action));
}

function noRegistry(repository: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.no_cache_registry",
    what: `"${repository}" names no registry`,
    fix: `name one: REGISTRY/${repository}`,
  });
}
