import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { parseJsonFile, readConfigFile } from "./config-file.ts";

/** What a signature must name for an image; the kinds of containers-policy.json(5). */
export type SignedIdentity =
  | { readonly kind: "exact" | "repoDigestOrExact" | "repository" }
  /** Another name stands for the image's own. */
  | { readonly kind: "exactReference" | "exactRepository"; readonly name: string }
  | { readonly kind: "remap"; readonly prefix: string; readonly signedPrefix: string };

/** One of the conditions, all of which an image must meet. */
export type TrustRequirement =
  | { readonly kind: "accept" }
  | { readonly kind: "reject" }
  /** A signature by one of the keys (PEM, public). */
  | { readonly kind: "sigstore"; readonly keys: readonly string[]; readonly identity: SignedIdentity }
  | { readonly kind: "unsupported"; readonly type: string };

/** Where an image comes from: a name in a registry, most precise scope first, or a place on this host. */
export type TrustSubject = { readonly transport: string; readonly scopes: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;
type Table = Readonly<Record<string, unknown>>;

const SYSTEM_FILE = "/etc/containers/policy.json";
const ACCEPT: readonly TrustRequirement[] = [{ kind: "accept" }];

/**
 * What policy.json demands of an image (containers-policy.json(5)): the user's file where there is one, else the system's; without any
 * file everything is accepted. Throws `invalid` for a file that is not of its form: it must not be read as permission.
 */
export function requirementsFor(
  { transport, scopes }: TrustSubject,
  environment: Environment,
): readonly TrustRequirement[] {
  const home = environment["HOME"];
  const paths = [...(home === undefined ? [] : [join(home, ".config/containers/policy.json")]), SYSTEM_FILE];
  for (const path of paths) {
    const text = readConfigFile(path);
    if (text === undefined) continue;
    const policy = tableOf(parseJsonFile(text, path), "the file", path);
    for (const key of Object.keys(policy))
      if (key !== "default" && key !== "transports") throw bad(path, `"${key}" is not known`);
    const transports = tableOf(policy["transports"] ?? {}, "transports", path);
    const ofTransport = tableOf(Object.hasOwn(transports, transport) ? transports[transport] : {}, transport, path);
    const scope = [...scopes, ""].find((name) => Object.hasOwn(ofTransport, name));
    return listOf(scope === undefined ? policy["default"] : ofTransport[scope], scope ?? "default", path);
  }
  return ACCEPT;
}

/** The scopes that a name in a registry lies in, most precise first. */
export function registryScopes(name: string, repository: string): string[] {
  const parts = repository.split("/");
  const parents = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  const labels = (parts[0] ?? "").split(".");
  const wildcards = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`);
  return [name, ...parents, ...wildcards];
}

function listOf(value: unknown, where: string, path: string): TrustRequirement[] {
  if (!Array.isArray(value) || value.length === 0) throw bad(path, `"${where}" is not a list with a requirement in it`);
  return value.map((item) => requirement(tableOf(item, where, path), path));
}

function requirement(table: Table, path: string): TrustRequirement {
  const type = String(table["type"]);
  switch (type) {
    case "insecureAcceptAnything":
      return { kind: "accept" };
    case "reject":
      return { kind: "reject" };
    case "sigstoreSigned": {
      const odd = Object.keys(table).find((key) => !SIGSTORE_KEYS.includes(key));
      if (odd !== undefined) return { kind: "unsupported", type: `${type} with ${odd}` };
      return { kind: "sigstore", keys: keysOf(table, path), identity: identityOf(table["signedIdentity"], path) };
    }
    case "signedBy":
    case "signedBaseLayer":
      return { kind: "unsupported", type };
    default:
      throw bad(path, `the type ${JSON.stringify(table["type"])} is not known`);
  }
}

const SIGSTORE_KEYS = ["type", "keyPath", "keyPaths", "keyData", "keyDatas", "signedIdentity"];

function keysOf(table: Table, path: string): string[] {
  const given = SIGSTORE_KEYS.slice(1, 5).filter((key) => table[key] !== undefined);
  if (given.length !== 1)
    throw bad(path, "sigstoreSigned takes exactly one of keyPath, keyPaths, keyData and keyDatas");
  const [name = ""] = given;
  const values = name.endsWith("s") ? table[name] : [table[name]];
  if (!Array.isArray(values) || values.length === 0 || !values.every((value) => typeof value === "string"))
    throw bad(path, `${name} is not of its form`);
  if (name.startsWith("keyData")) return values.map((value) => Buffer.from(value, "base64").toString());
  return values.map((file) => readConfigFile(file) ?? fail(bad(path, `the key ${file} is not there`)));
}

function identityOf(value: unknown, path: string): SignedIdentity {
  if (value === undefined) return { kind: "repoDigestOrExact" };
  const table = tableOf(value, "signedIdentity", path);
  const text = (key: string): string => {
    const found = table[key];
    return typeof found === "string" && found !== "" ? found : fail(bad(path, `signedIdentity lacks ${key}`));
  };
  switch (table["type"]) {
    case "matchExact":
      return { kind: "exact" };
    case "matchRepoDigestOrExact":
      return { kind: "repoDigestOrExact" };
    case "matchRepository":
      return { kind: "repository" };
    case "exactReference":
      return { kind: "exactReference", name: text("dockerReference") };
    case "exactRepository":
      return { kind: "exactRepository", name: text("dockerRepository") };
    case "remapIdentity":
      return { kind: "remap", prefix: text("prefix"), signedPrefix: text("signedPrefix") };
    default:
      throw bad(path, `the type ${JSON.stringify(table["type"])} of a signedIdentity is not known`);
  }
}

function tableOf(value: unknown, where: string, path: string): Table {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Table;
  throw bad(path, `"${where}" is not an object`);
}

function fail(error: EstibaError): never {
  throw error;
}

function bad(path: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "config.bad_policy",
    what: `${path} cannot be used: ${why}`,
    fix: "it says which images may be trusted: see containers-policy.json(5)",
  });
}
