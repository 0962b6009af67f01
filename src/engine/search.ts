import { loadRegistriesConfig, registryOf } from "../config/registries.ts";
import { type FoundRepository, searchCatalog, searchFirst } from "../image/registry/catalog.ts";
import { EstibaError } from "../lib/error.ts";
import { openSession, type RegistryOptions } from "./registry-session.ts";

/** A repository that was found, and where. */
export type SearchResult = FoundRepository & {
  /** The registry. */
  readonly index: string;
  /** With the registry, ready to be pulled. */
  readonly fullName: string;
};

type SearchOptions = RegistryOptions & {
  /** Most results of each registry. */
  readonly limit: number;
  readonly filter: { readonly stars?: number; readonly official?: boolean; readonly automated?: boolean };
  readonly signal: AbortSignal;
};

/** docker.io is searched at an address of its own. */
const HUB_SEARCH = "index.docker.io";

/**
 * Searches a registry, where the term begins with one, else the search registries of registries.conf, else docker.io. With several, those
 * that fail are left out as long as one answers. Throws `denied` for a blocked one, `unavailable`, `unauthenticated`.
 */
export async function searchImages(term: string, options: SearchOptions): Promise<SearchResult[]> {
  const registries = loadRegistriesConfig(process.env);
  const [domain, text] = splitTerm(term);
  const usual = registries.searchRegistries.length === 0 ? ["docker.io"] : registries.searchRegistries;
  const domains = domain === undefined ? usual : [domain];
  const outcomes = await Promise.allSettled(domains.map((name) => searchOne(name, text, options)));
  const found = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (found.length === 0 && failed?.status === "rejected") throw failed.reason;
  return found.flat();
}

async function searchOne(domain: string, text: string, options: SearchOptions): Promise<SearchResult[]> {
  const registry = registryOf(loadRegistriesConfig(process.env), domain);
  if (registry?.blocked === true) throw blocked(domain);
  const host = domain === "docker.io" ? HUB_SEARCH : domain;
  const session = await openSession({ domain: host, path: "", insecure: registry?.insecure ?? false }, options, "pull");
  const { limit, signal, filter } = options;
  const first = text === "" ? undefined : await searchFirst(session, text, { limit, signal });
  const found = first ?? (await searchCatalog(session, text, { limit, signal }));
  return found
    .filter(({ stars, official, automated }) => {
      if (filter.stars !== undefined && stars < filter.stars) return false;
      if (filter.official !== undefined && official !== filter.official) return false;
      return filter.automated === undefined || automated === filter.automated;
    })
    .map((repository) => {
      const { name } = repository;
      const path = domain === "docker.io" && !name.includes("/") ? `library/${name}` : name;
      return { ...repository, index: domain, fullName: `${domain}/${path}` };
    });
}

/** The registry that a term begins with, and the rest of it. */
function splitTerm(term: string): [domain: string | undefined, text: string] {
  const slash = term.indexOf("/");
  const first = slash < 0 ? "" : term.slice(0, slash);
  if (first !== "localhost" && !/[.:]/.test(first)) return [undefined, term];
  return [first, term.slice(slash + 1)];
}

function blocked(domain: string): EstibaError {
  return new EstibaError("denied", {
    reason: "image.registry_blocked",
    what: `${domain} is blocked by registries.conf`,
    fix: "choose another registry, or remove the block",
  });
}
