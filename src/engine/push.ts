import { loadRegistriesConfig, type Place, registryOf } from "../config/registries.ts";
import type { RegistrySession } from "../image/registry/session.ts";
import { putManifest, uploadBlob } from "../image/registry/upload.ts";
import { EstibaError } from "../lib/error.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { withProgress } from "../lib/with-progress.ts";
import type { Digest } from "../oci/digest.ts";
import {
  formatReference,
  isQualified,
  parseReference,
  type QualifiedReference,
  qualify,
  repositoryOf,
  storedName,
  withDefaultTag,
} from "../oci/reference.ts";
import { transaction } from "../state/database.ts";
import { type ImageRecord, imageById, recordDigest, repositoriesWithBlob } from "../state/images.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { type Outgoing, type OutgoingBlob, prepareOutgoing } from "./outgoing.ts";
import type { PublicationOptions, PublishedManifest } from "./publication.ts";
import type { ImageProgress } from "./receive-layers.ts";
import { openSession, type RegistryOptions } from "./registry-session.ts";

export type PushOptions = RegistryOptions & PublicationOptions;

/** What was pushed: the name it has there and the digest of its manifest. */
export type Pushed = { readonly image: ImageRecord; readonly name: string; readonly digest: Digest };

const PARALLEL_BLOBS = 3;

/**
 * Pushes an image to a registry: blobs side by side, those that are there already or that another repository of the registry has are not
 * sent; the manifest last, so that the name never stands for half an image. Layers that are not packed are packed by gzip on the way, as
 * Podman does. `destination` undefined pushes to {@link ownDestination}. Idempotent; killed, it leaves nothing here. Throws `not_found`,
 * `invalid`, `denied`, `unauthenticated`, `unavailable`, `cancelled`.
 */
export async function* pushImage(
  engine: Engine,
  text: string,
  destination: string | undefined,
  options: PushOptions,
): AsyncGenerator<ImageProgress, Pushed, undefined> {
  const { image, name } = findImage(engine, text);
  const reference = destinationOf(text, destination ?? ownDestination(text, name));
  return yield* withProgress<ImageProgress, Pushed>(options.signal, async (report, signal) => {
    const outgoing = await prepareOutgoing(engine, image, { ...PACKED, ...options, signal });
    const session = await openSession(placeOf(reference), options, "push");
    const { digest } = await pushOutgoing(engine, { outgoing, session, reference, signal, report });
    remember(engine, image, reference, digest);
    const pushed = `${repositoryOf(reference)}:${reference.tag ?? digest}`;
    emitEvent(engine, { type: "image", action: "push", id: image.id, name: pushed });
    return { image, name: pushed, digest };
  });
}

/** How layers leave for a registry unless somebody says otherwise. */
export const PACKED = { packing: { kind: "gzip" }, repack: "plain" } as const;

/** What is pushed, and where to. */
export type PushJob = {
  readonly outgoing: Outgoing;
  readonly session: RegistrySession;
  readonly reference: QualifiedReference;
  readonly signal: AbortSignal;
  readonly report: (progress: ImageProgress) => void;
};

/** Pushes an image that is ready: what it consists of, then the manifest, under the reference's tag or its digest. */
export async function pushOutgoing(engine: Engine, job: PushJob): Promise<PublishedManifest> {
  const { outgoing, session, reference, signal } = job;
  await inParallel(outgoing.blobs, { limit: PARALLEL_BLOBS, signal }, (blob, _index, innerSignal) =>
    pushBlob(engine, blob, { ...job, signal: innerSignal }),
  );
  const pushed = outgoing.manifest();
  const { bytes, manifest, digest } = pushed;
  await putManifest(session, reference.tag ?? digest, { bytes, mediaType: manifest.mediaType }, signal);
  return pushed;
}

async function pushBlob(engine: Engine, blob: OutgoingBlob, job: PushJob): Promise<void> {
  const { session, reference, signal, report } = job;
  const { stored, isPacked, arriving, read } = blob;
  const tell = (phase: "present" | "transferring" | "done", currentBytes: number): void =>
    report({ kind: "layer", digest: stored.digest, phase, currentBytes, totalBytes: stored.size });
  tell("transferring", 0);
  const progress = { taken: 0 };
  const common = {
    read: (offset: number) => read(offset, (bytes) => (progress.taken = bytes)),
    elsewhere: elsewhere(engine, stored.digest, reference),
    signal,
    report: (sent: number) => tell("transferring", isPacked ? progress.taken : sent),
  };
  const outcome = await uploadBlob(
    session,
    isPacked
      ? { ...common, blob: arriving(), digest: () => arriving()?.digest ?? stored.digest }
      : { ...common, blob: stored },
  );
  tell(outcome === "sent" ? "done" : "present", stored.size);
}

/** Other repositories of the same registry that are known to have the blob, or an image with it. */
function elsewhere(engine: Engine, blob: Digest, { domain, path }: QualifiedReference): string[] {
  return repositoriesWithBlob(engine.store, blob)
    .filter((repository) => repository.startsWith(`${domain}/`))
    .map((repository) => repository.slice(domain.length + 1))
    .filter((other) => other !== path);
}

function remember(engine: Engine, image: ImageRecord, reference: QualifiedReference, digest: Digest): void {
  transaction(engine.store, () => {
    if (imageById(engine.store, image.id) !== undefined)
      recordDigest(engine.store, { repository: repositoryOf(reference), digest, imageId: image.id });
  });
}

/**
 * Where something goes that was given no destination: to its own name. What was typed without a registry is Docker Hub's, as it is for a
 * pull and for both peers, though it is stored under localhost/ here.
 */
export function ownDestination(text: string, name: string | undefined): string | undefined {
  if (name?.startsWith("localhost/") !== true) return name;
  const typed = withDefaultTag(parseReference(text));
  // A name found by an id stays what it is.
  if (isQualified(typed) || storedName(qualify(typed, "localhost")) !== name) return name;
  return formatReference(qualify(typed, "docker.io"));
}

/** The full name of a place in a registry. Throws `invalid` for a short one. */
export function destinationOf(text: string, destination: string | undefined): QualifiedReference {
  if (destination === undefined) {
    throw new EstibaError("invalid", {
      reason: "image.no_destination",
      what: `"${text}" has no name that says where to push it`,
      fix: `name the destination: estiba push ${text} REGISTRY/NAME:TAG`,
    });
  }
  const reference = withDefaultTag(parseReference(destination));
  if (isQualified(reference)) return reference;
  throw new EstibaError("invalid", {
    reason: "image.no_destination",
    what: `the destination "${destination}" names no registry`,
    fix: `name one: estiba push ${text} REGISTRY/${destination}`,
  });
}

/** Where a name is written: mirrors are for reading, a push goes to the registry itself. Throws `denied` for a blocked one. */
export function placeOf(reference: QualifiedReference): Place {
  const registries = loadRegistriesConfig(process.env);
  const registry = registryOf(registries, repositoryOf(reference));
  if (registry?.blocked === true) {
    throw new EstibaError("denied", {
      reason: "image.registry_blocked",
      what: `${reference.domain} is blocked by registries.conf`,
      fix: "choose another registry, or remove the block",
    });
  }
  return { domain: reference.domain, path: reference.path, insecure: registry?.insecure ?? false };
}
