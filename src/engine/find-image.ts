import { loadRegistriesConfig } from "../config/registries.ts";
import { EstibaError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import {
  formatReference,
  isQualified,
  parseReference,
  type QualifiedReference,
  qualify,
  type Reference,
  repositoryOf,
  storedName,
} from "../oci/reference.ts";
import {
  type ImageRecord,
  imageByDigest,
  imageById,
  imageByName,
  imageNames,
  imagesByPrefix,
} from "../state/images.ts";
import type { Engine } from "./engine.ts";

/** How an image was found: by a stored name, by a repository digest, or by (a prefix of) its id. */
export type FoundImage = { image: ImageRecord; by: "name" | "digest" | "id"; name?: string };

const SHORTEST_PREFIX = 3;

/**
 * Finds a local image by reference or id; never asks a registry. A short name is tried under localhost/, then under the search
 * registries, then docker.io; after that the text is taken as an id or a unique prefix of one.
 * Throws `not_found` (`image.unknown`), `conflict` (`image.ambiguous_id`), `invalid` (`image.bad_reference`).
 */
export function findImage(engine: Engine, text: string): FoundImage {
  const found = lookUpImage(engine, text);
  if (found !== undefined) return found;
  throw unknownImage(engine, text);
}

/** Like {@link findImage}, but undefined where there is none. */
export function lookUpImage(engine: Engine, text: string): FoundImage | undefined {
  const id = /^(?:sha256:)?([0-9a-f]{3,64})$/.exec(text)?.[1];
  const whole = id?.length === 64 ? imageById(engine.store, id) : undefined;
  if (whole !== undefined) return { image: whole, by: "id" };
  // `sha256:abc` is an id, never the tag `abc` of an image called sha256.
  const named = text.startsWith("sha256:") ? undefined : lookUpReference(engine, parseReference(text));
  if (named !== undefined) return named;
  return id === undefined || id.length < SHORTEST_PREFIX ? undefined : lookUpPrefix(engine, id, text);
}

/** The full names a reference may be stored under, in the order of the search; registries.conf is read only when it comes to that. */
function* localCandidates(reference: Reference): Generator<QualifiedReference> {
  if (isQualified(reference)) {
    yield reference;
    return;
  }
  yield qualify(reference, "localhost");
  for (const domain of loadRegistriesConfig(process.env).searchRegistries) yield qualify(reference, domain);
  yield qualify(reference, "docker.io");
}

/** The full name under which the CLI stores what it makes: under localhost/ unless a registry is named. */
export function ownName(text: string): string {
  const reference = parseReference(text);
  if (reference.digest !== undefined) {
    throw new EstibaError("invalid", {
      reason: "image.bad_reference",
      what: `"${text}" has a digest; a name that is given to an image has none`,
      fix: "leave out everything from the @ on",
    });
  }
  return storedName(isQualified(reference) ? reference : qualify(reference, "localhost"));
}

function lookUpReference(engine: Engine, reference: Reference): FoundImage | undefined {
  for (const candidate of localCandidates(reference)) {
    if (candidate.digest !== undefined) {
      const image = imageByDigest(engine.store, repositoryOf(candidate), candidate.digest);
      if (image !== undefined) return { image, by: "digest", name: formatReference(candidate) };
      continue;
    }
    const name = storedName(candidate);
    const image = imageByName(engine.store, name);
    if (image !== undefined) return { image, by: "name", name };
  }
  return undefined;
}

function lookUpPrefix(engine: Engine, prefix: string, text: string): FoundImage | undefined {
  const [image, second] = imagesByPrefix(engine.store, prefix, 2);
  if (image !== undefined && second !== undefined) {
    throw new EstibaError("conflict", {
      reason: "image.ambiguous_id",
      what: `"${text}" is the beginning of more than one image id`,
      fix: "give more digits; estiba images --no-trunc shows them all",
    });
  }
  return image === undefined ? undefined : { image, by: "id" };
}

/** The error for an image that is not here, with the nearest name that is. */
export function unknownImage(engine: Engine, text: string): EstibaError {
  const names = imageNames(engine.store).map(({ name }) => name);
  const short = names.map((name) => name.replace(/^(?:localhost|docker\.io\/library|docker\.io)\//, ""));
  const guess = nearest(text.includes(":") ? text : `${text}:latest`, [...short, ...names]);
  return new EstibaError("not_found", {
    reason: "image.unknown",
    what: `${text}: image not known`,
    fix:
      guess === undefined
        ? "estiba images lists those that are here; estiba pull fetches one"
        : `did you mean ${guess}?`,
    details: { reference: text },
  });
}
