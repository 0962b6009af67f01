import { putManifest } from "../../image/registry/upload.ts";
import { EstibaError } from "../../lib/error.ts";
import { withProgress } from "../../lib/with-progress.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { printIndex } from "../../oci/manifest.ts";
import { type QualifiedReference, repositoryOf } from "../../oci/reference.ts";
import { type ImageRecord, imageById } from "../../state/images.ts";
import type { ManifestList, ManifestListEntry } from "../../state/manifest-lists.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { type Outgoing, prepareOutgoing } from "../outgoing.ts";
import type { PublicationOptions } from "../publication.ts";
import { destinationOf, ownDestination, PACKED, placeOf, pushOutgoing } from "../push.ts";
import type { ImageProgress } from "../receive-layers.ts";
import { openSession, type RegistryOptions } from "../registry-session.ts";
import { documentOf } from "./document.ts";
import { findList } from "./find-list.ts";

export type PushListOptions = RegistryOptions &
  PublicationOptions & {
    /** False: the list alone; its images are in that repository already. */
    readonly all: boolean;
  };

/**
 * Pushes a list to a registry: its images by their digests, then the list, so that the name never stands for what is not there. Gives the
 * digest of the list. Throws `not_found`, `invalid` for an empty list, and what a push throws.
 */
export async function* pushList(
  engine: Engine,
  text: string,
  destination: string | undefined,
  options: PushListOptions,
): AsyncGenerator<ImageProgress, { readonly name: string; readonly digest: Digest }, undefined> {
  const list = findList(engine, text);
  if (list.entries.length === 0) throw empty(list);
  const reference = destinationOf(text, destination ?? ownDestination(text, list.name));
  return yield* withProgress<ImageProgress, { name: string; digest: Digest }>(
    options.signal,
    async (report, signal) => {
      const session = await openSession(placeOf(reference), options, "push");
      const entries: ManifestListEntry[] = [];
      for (const entry of list.entries) {
        if (!options.all) {
          entries.push(entry);
          continue;
        }
        const outgoing = await prepareEntry(engine, entry, { ...options, signal });
        const byDigest: QualifiedReference = { domain: reference.domain, path: reference.path };
        const pushed = await pushOutgoing(engine, { outgoing, session, reference: byDigest, signal, report });
        const { mediaType } = pushed.manifest;
        const { digest } = pushed;
        const size = pushed.bytes.byteLength;
        entries.push({ ...entry, descriptor: { ...entry.descriptor, mediaType, digest, size } });
      }
      const document = documentOf({ ...list, entries }, options.format);
      const bytes = printIndex(document);
      const digest = await putManifest(
        session,
        reference.tag ?? "latest",
        { bytes, mediaType: document.mediaType },
        signal,
      );
      const name = `${repositoryOf(reference)}:${reference.tag ?? "latest"}`;
      emitEvent(engine, { type: "image", action: "push", id: digest, name });
      return { name, digest };
    },
  );
}

/** An entry of a list, made ready for a registry. */
async function prepareEntry(
  engine: Engine,
  { imageId, descriptor }: ManifestListEntry,
  options: PublicationOptions,
): Promise<Outgoing> {
  const image = imageById(engine.store, imageId);
  if (image === undefined) throw gone(descriptor);
  // An image may have come with several manifests: the one that was added is meant.
  const meant: ImageRecord = { ...image, manifestDigest: descriptor.digest };
  return await prepareOutgoing(engine, meant, { ...PACKED, ...options });
}

function empty({ name }: ManifestList): EstibaError {
  return new EstibaError("invalid", {
    reason: "manifest.empty",
    what: `the manifest list ${name} has no image yet`,
    fix: `estiba manifest add ${name} IMAGE`,
  });
}

function gone({ digest }: Descriptor): EstibaError {
  return new EstibaError("not_found", {
    reason: "manifest.no_image",
    what: `the image ${digest} of the manifest list is not in the store any more`,
    fix: "remove it from the list, and add it again",
  });
}
