import { EstibaError } from "../lib/error.ts";
import { type Digest, isDigest } from "./digest.ts";

/**
 * A parsed image reference (distribution spec, "Pulling manifests"; grammar of distribution/reference).
 * `domain` is undefined for a short name; `tag` is undefined where none was written.
 */
export type Reference = { domain?: string; path: string; tag?: string; digest?: Digest };

/** A reference whose registry is known. */
export type QualifiedReference = Reference & { domain: string };

const MAX_NAME_LENGTH = 255;
const DOMAIN_LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = new RegExp(`^(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * Parses `[domain[:port]/]path[:tag][@digest]`. The first component is a domain when it holds a dot, a colon or a capital letter, or is
 * `localhost`. Throws `invalid` (`image.bad_reference`) that names the bad part.
 */
export function parseReference(text: string): Reference {
  if (text === "") throw badReference(text, "it is empty");
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest))
    throw badReference(text, `the digest "${digest}" is not sha256:<64 hex digits>`);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/") && !named.endsWith("]");
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw badReference(text, `the tag "${tag}" is malformed`);
  const name = parseName(text, tagged ? named.slice(0, colon) : named);
  return { ...name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** Like {@link parseReference}, for places where a tag or a digest makes no sense. */
export function parseRepository(text: string): Reference {
  const reference = parseReference(text);
  if (reference.tag !== undefined || reference.digest !== undefined) {
    throw badReference(text, "a repository name has neither tag nor digest");
  }
  return reference;
}

/** True when the reference names its registry. */
export function isQualified(reference: Reference): reference is QualifiedReference {
  return reference.domain !== undefined;
}

/** The reference in a registry; on docker.io a single path component means `library/`. */
export function qualify(reference: Reference, domain: string): QualifiedReference {
  const short = (domain === "docker.io" || domain.startsWith("docker.io/")) && !reference.path.includes("/");
  const [host = domain, ...prefix] = domain.split("/");
  const library = short && prefix.length === 0 ? ["library"] : [];
  return { ...reference, domain: host, path: [...prefix, ...library, reference.path].join("/") };
}

/** Domain and path, without tag and digest. */
export function repositoryOf(reference: QualifiedReference): string {
  return `${reference.domain}/${reference.path}`;
}

/** The reference with `latest` where it has neither tag nor digest. */
export function withDefaultTag<T extends Reference>(reference: T): T {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: "latest" } : reference;
}

/** Prints a reference the way it is parsed. */
export function formatReference(reference: Reference): string {
  const domain = reference.domain === undefined ? "" : `${reference.domain}/`;
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${domain}${reference.path}${tag}${digest}`;
}

/** The name an image is stored under: domain, path and tag, never a digest. */
export function storedName(reference: QualifiedReference): string {
  return `${repositoryOf(reference)}:${reference.tag ?? "latest"}`;
}

function parseName(text: string, name: string): { domain?: string; path: string } {
  if (name === "") throw badReference(text, "it has no name");
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasDomain = slash > 0 && (/[.:[A-Z]/.test(first) || first === "localhost");
  if (hasDomain && !DOMAIN.test(first)) throw badReference(text, `the registry "${first}" is malformed`);
  if (hasDomain && Number(/:(\d+)$/.exec(first)?.[1] ?? 1) > 65_535) {
    throw badReference(text, `the port of "${first}" is above 65535`);
  }
  const path = hasDomain ? name.slice(slash + 1) : name;
  checkPath(text, path);
  if (name.length > MAX_NAME_LENGTH) throw badReference(text, `its name is longer than ${MAX_NAME_LENGTH} characters`);
  if (!hasDomain) return { path };
  const domain = first === "index.docker.io" ? "docker.io" : first;
  return domain === "docker.io" && !path.includes("/") ? { domain, path: `library/${path}` } : { domain, path };
}

function checkPath(text: string, path: string): void {
  for (const component of path.split("/")) {
    if (PATH_COMPONENT.test(component)) continue;
    if (component === "") throw badReference(text, "it has an empty path component");
    if (component !== component.toLowerCase() && PATH_COMPONENT.test(component.toLowerCase())) {
      throw badReference(text, `"${component}" has capital letters`, `write ${component.toLowerCase()}`);
    }
    throw badReference(text, `the path component "${component}" is malformed`);
  }
}

function badReference(text: string, why: string, fix?: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "image.bad_reference",
    what: `invalid image reference ${JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text)}: ${why}`,
    fix: fix ?? "write it as [registry[:port]/]path[:tag][@sha256:...]",
    details: { reference: text.slice(0, 1000) },
  });
}
