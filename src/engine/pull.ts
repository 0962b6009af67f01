import { loadRegistriesConfig, type Place, placesOf, type RegistriesConfig, registryOf } from "../config/registries.ts";
import type { TrustRequirement } from "../config/trust-policy.ts";
import { type RemoteImage, resolveImage } from "../image/registry/resolve.ts";
import { fetchTags } from "../image/registry/tags.ts";
import { describeError, EstibaError, isEstibaError } from "../lib/error.ts";
import { withProgress } from "../lib/with-progress.ts";
import { hostPlatform, type Platform } from "../oci/platform.ts";
import {
  formatReference,
  isQualified,
  parseReference,
  parseRepository,
  type QualifiedReference,
  qualify,
  type Reference,
  repositoryOf,
  storedName,
  withDefaultTag,
} from "../oci/reference.ts";
import type { ImageRecord } from "../state/images.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { lookUpImage } from "./find-image.ts";
import { isForPlatform } from "./image-platform.ts";
import { receiveImage } from "./receive-image.ts";
import type { ImageProgress } from "./receive-layers.ts";
import { openSession, type RegistryOptions } from "./registry-session.ts";
import { demandsOnReference, verifyTrust } from "./trust.ts";

/** When a registry is asked: always; only for what is not here; if it has something newer; never. */
export type PullPolicy = "always" | "missing" | "newer" | "never";

export type PullOptions = RegistryOptions & {
  readonly platform?: Platform | undefined;
  readonly policy?: PullPolicy | undefined;
  /** False: the image gets no name, so that one that is here for another platform keeps its own. */
  readonly named?: boolean;
  readonly signal: AbortSignal;
};

/** The image and whether a registry was asked for it. */
export type Pulled = { image: ImageRecord; name: string; fetched: boolean };

/**
 * Pulls an image: tries the names a short name may mean, one after another, and stores the first there is under its full name. On failure
 * or abort no image is recorded; blobs that arrived whole stay and are not fetched again. Throws `not_found`, `denied`,
 * `unauthenticated`, `unavailable`, `corrupt`, `exhausted`, `cancelled`.
 */
export async function* pullImage(
  engine: Engine,
  text: string,
  options: PullOptions,
): AsyncGenerator<ImageProgress, Pulled, undefined> {
  const reference = withDefaultTag(parseReference(text));
  const policy = options.policy ?? "always";
  const found = policy === "always" ? undefined : lookUpImage(engine, text);
  const { platform } = options;
  // What is here for another platform is not what is wanted.
  const here =
    found !== undefined && (platform === undefined || isForPlatform(found.image, platform)) ? found : undefined;
  if (here !== undefined && policy !== "newer") return { image: here.image, name: here.name ?? text, fetched: false };
  if (policy === "never") throw notHere(text);
  return yield* withProgress<ImageProgress, Pulled>(options.signal, async (report, signal) => {
    const registries = loadRegistriesConfig(process.env);
    const candidates = candidatesOf(reference, registries);
    const failures: unknown[] = [];
    for (const candidate of candidates) {
      report({ kind: "trying", name: formatReference(candidate) });
      try {
        return await pullOne(engine, candidate, { ...options, signal }, { registries, report });
      } catch (error) {
        emitPullError(engine, candidate, error);
        // Whoever has an image and asks for a newer one keeps it where the registry does not answer.
        const bearable = isAbsence(error) || (here !== undefined && isEstibaError(error, "unavailable", "timeout"));
        if (!bearable) throw error;
        failures.push(error);
      }
    }
    if (here !== undefined) return { image: here.image, name: here.name ?? text, fetched: false };
    throw failures.length === 1 ? failures[0] : nowhere(text, failures);
  });
}

/** The full names of every tag that a repository has in its registry. Throws `not_found` where it has none. */
export async function remoteTags(text: string, options: RegistryOptions & { signal: AbortSignal }): Promise<string[]> {
  const registries = loadRegistriesConfig(process.env);
  const [reference] = candidatesOf(parseRepository(text), registries);
  if (reference === undefined) throw notHere(text);
  const repository = repositoryOf(reference);
  if (registryOf(registries, repository)?.blocked === true) throw blocked(reference.domain);
  const tags = await firstOf(placesOf(registries, repository, "tag"), async (place) =>
    fetchTags(await openSession(place, options, "pull"), options.signal),
  );
  return tags.map((tag) => formatReference({ ...reference, tag }));
}

/** The digest that a tag has in its registry now, with the full name it was found under; nothing is fetched. Throws as {@link pullImage}. */
export async function remoteDigest(text: string, options: PullOptions): Promise<{ name: string; digest: string }> {
  const registries = loadRegistriesConfig(process.env);
  const failures: unknown[] = [];
  for (const reference of candidatesOf(withDefaultTag(parseReference(text)), registries)) {
    const repository = repositoryOf(reference);
    if (registryOf(registries, repository)?.blocked === true) throw blocked(reference.domain);
    const demands = demandsOnReference(reference);
    try {
      const places = placesOf(registries, repository, "tag");
      const { digests } = await firstOf(places, (place) => resolveAt(place, reference, { ...options, demands }));
      return { name: formatReference(reference), digest: digests[0] ?? "" };
    } catch (error) {
      if (!isAbsence(error)) throw error;
      failures.push(error);
    }
  }
  throw failures.length === 1 ? failures[0] : nowhere(text, failures);
}

function emitPullError(engine: Engine, reference: QualifiedReference, error: unknown): void {
  const attributes = { error: describeError(error) };
  emitEvent(engine, { type: "image", action: "pull-error", id: "", name: formatReference(reference), attributes });
}

type Context = { registries: RegistriesConfig; report: (progress: ImageProgress) => void };

async function pullOne(
  engine: Engine,
  reference: QualifiedReference,
  options: PullOptions,
  { registries, report }: Context,
): Promise<Pulled> {
  const { signal } = options;
  const repository = repositoryOf(reference);
  if (registryOf(registries, repository)?.blocked === true) throw blocked(reference.domain);
  const demands = demandsOnReference(reference);
  const places = placesOf(registries, repository, reference.digest === undefined ? "tag" : "digest");
  const { source, digests } = await firstOf(places, (place) => resolveAt(place, reference, { ...options, demands }));
  const image = await receiveImage(engine, {
    source,
    names: reference.digest === undefined && options.named !== false ? [storedName(reference)] : [],
    repoDigests: digests.map((digest) => ({ repository, digest })),
    signal,
    report,
  });
  const name = formatReference(reference);
  emitEvent(engine, { type: "image", action: "pull", id: image.id, name });
  return { image, name, fetched: true };
}

async function resolveAt(
  place: Place,
  reference: QualifiedReference,
  options: PullOptions & { demands: readonly TrustRequirement[] },
): Promise<RemoteImage> {
  const session = await openSession(place, options, "pull");
  const image = await resolveImage(session, reference, options.platform ?? hostPlatform(), options.signal);
  const { digests } = image;
  await verifyTrust(session, { reference, digests, demands: options.demands }, options.signal);
  return image;
}

/** What the first place gives that answers; when none does, the error of the registry itself, which comes last. */
async function firstOf<T>(places: readonly Place[], ask: (place: Place) => Promise<T>): Promise<T> {
  for (const [index, place] of places.entries()) {
    try {
      return await ask(place);
    } catch (error) {
      // A mirror is only a convenience: whatever is wrong with it, the next one is asked.
      if (index === places.length - 1 || !isEstibaError(error) || error.code === "cancelled") throw error;
    }
  }
  throw new EstibaError("internal", { reason: "image.no_place", what: "a repository without a registry" });
}

/** The full names that a reference may mean, best first. */
function candidatesOf(reference: Reference, registries: RegistriesConfig): QualifiedReference[] {
  if (isQualified(reference)) return [reference];
  const alias = Object.hasOwn(registries.aliases, reference.path) ? registries.aliases[reference.path] : undefined;
  const { domain, path } = alias === undefined ? {} : parseReference(alias);
  if (domain !== undefined && path !== undefined) return [{ ...reference, domain, path }];
  return [...registries.searchRegistries, "docker.io"].map((name) => qualify(reference, name));
}

// With several candidates, a registry without the name is passed over; one that is broken is not.
function isAbsence(error: unknown): boolean {
  return isEstibaError(error, "not_found", "denied", "unauthenticated");
}

function notHere(text: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "image.unknown",
    what: `${text}: image not known, and pulling is switched off`,
    fix: `pull it first: estiba pull ${text}`,
  });
}

function nowhere(text: string, failures: readonly unknown[]): EstibaError {
  return new EstibaError("not_found", {
    reason: "image.not_found_anywhere",
    what: `none of ${failures.length} registries has "${text}"`,
    cause: new Error(
      failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join("; "),
    ),
    fix: "name the registry: estiba pull REGISTRY/NAME:TAG",
  });
}

function blocked(domain: string): EstibaError {
  return new EstibaError("denied", {
    reason: "image.registry_blocked",
    what: `${domain} is blocked by registries.conf`,
    fix: "choose another registry, or remove the block",
  });
}
