import { type Credentials, findCredentials } from "../config/auth-file.ts";
import { coversRepository, loadRegistriesConfig, type RegistriesConfig } from "../config/registries.ts";
import { resolveImage } from "../image/registry/resolve.ts";
import { RegistrySession } from "../image/registry/session.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import { withProgress } from "../lib/with-progress.ts";
import { hostPlatform, type Platform } from "../oci/platform.ts";
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
import type { ImageRecord } from "../state/images.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { lookUpImage } from "./find-image.ts";
import { receiveImage } from "./receive-image.ts";
import type { ImageProgress } from "./receive-layers.ts";

/** When a registry is asked: always; only for what is not here; if it has something newer; never. */
export type PullPolicy = "always" | "missing" | "newer" | "never";

export type PullOptions = {
  readonly platform?: Platform | undefined;
  readonly policy?: PullPolicy | undefined;
  /** `--creds`; else the auth files are asked. */
  readonly credentials?: Credentials | undefined;
  readonly authFile?: string | undefined;
  /** true: a trusted certificate even on loopback; false: any certificate or plain HTTP; undefined: as registries.conf says. */
  readonly verifyTls?: boolean | undefined;
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
  const here = policy === "always" ? undefined : lookUpImage(engine, text);
  if (here !== undefined && policy !== "newer") return { image: here.image, name: here.name ?? text, fetched: false };
  if (policy === "never") throw notHere(text);
  return yield* withProgress<ImageProgress, Pulled>(options.signal, async (report, signal) => {
    const registries = loadRegistriesConfig(process.env);
    const candidates = isQualified(reference)
      ? [reference]
      : [...registries.searchRegistries, "docker.io"].map((domain) => qualify(reference, domain));
    const failures: unknown[] = [];
    for (const candidate of candidates) {
      report({ kind: "trying", name: formatReference(candidate) });
      try {
        return await pullOne(engine, candidate, { ...options, signal }, { registries, report });
      } catch (error) {
        if (!isAbsence(error)) throw error;
        failures.push(error);
      }
    }
    if (here !== undefined) return { image: here.image, name: here.name ?? text, fetched: false };
    throw failures.length === 1 ? failures[0] : nowhere(text, failures);
  });
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
  const { domain, path } = reference;
  if (registries.blocked.some((prefix) => coversRepository(prefix, repository))) throw blocked(domain);
  const insecure = registries.insecure.some((prefix) => coversRepository(prefix, repository));
  const credentials =
    options.credentials ?? findCredentials({ domain, path, environment: process.env, file: options.authFile });
  const tls =
    options.verifyTls === undefined ? (insecure ? "insecure" : "verify") : options.verifyTls ? "strict" : "insecure";
  const session = new RegistrySession({ domain, credentials, tls }, path);
  const { source, digests } = await resolveImage(session, reference, options.platform ?? hostPlatform(), signal);
  const image = await receiveImage(engine, {
    source,
    names: reference.digest === undefined ? [storedName(reference)] : [],
    repoDigests: digests.map((digest) => ({ repository, digest })),
    signal,
    report,
  });
  const name = formatReference(reference);
  emitEvent(engine, { type: "image", action: "pull", id: image.id, name });
  return { image, name, fetched: true };
}

// With several candidates, a registry without the name is passed over; one that is broken is not.
function isAbsence(error: unknown): boolean {
  return isEstibaError(error, "not_found", "denied", "unauthenticated");
}

function notHere(text: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "image.unknown",
    what: `no such image here: "${text}", and pulling is switched off`,
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
