import { badReply } from "./errors.ts";
import type { RegistrySession } from "./session.ts";
import { readAll } from "./transport.ts";

/** What a registry tells of a repository that fits a search. */
export type FoundRepository = {
  /** Without the registry. */
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
  readonly automated: boolean;
};

const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const PAGE = 1000;
const MAX_REPOSITORIES = 1_000_000;
/** What registries say that have no such endpoint. */
const NONE: readonly number[] = [400, 401, 403, 404, 405, 501];

/**
 * Searches by the first version of the protocol (docker.io's way: `/v1/search`); undefined where the registry does not know it. The session
 * is about no repository.
 */
export async function searchFirst(
  session: RegistrySession,
  term: string,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<FoundRepository[] | undefined> {
  const query = new URLSearchParams({ q: term, n: String(limit) }).toString();
  const asked = { kind: "tags", name: "search" } as const;
  using reply = await session.request(`/v1/search?${query}`, asked, { signal, expected: NONE });
  if (reply.response.status >= 400) return undefined;
  const body = await readAll(reply, MAX_PAGE_BYTES, session.domain);
  const results = parse(body, session.domain)["results"];
  return Array.isArray(results) ? results.map(foundOf).slice(0, limit) : undefined;
}

/** The repositories of a registry whose names have the term in them, page by page (distribution spec, "Listing Repositories"). */
export async function searchCatalog(
  session: RegistrySession,
  term: string,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<FoundRepository[]> {
  const found: FoundRepository[] = [];
  let seen = 0;
  let target: string | URL | undefined = `_catalog?n=${PAGE}`;
  while (target !== undefined && found.length < limit && seen < MAX_REPOSITORIES) {
    using reply = await session.request(target, { kind: "tags", name: "_catalog" }, { signal });
    const names = parse(await readAll(reply, MAX_PAGE_BYTES, session.domain), session.domain)["repositories"] ?? [];
    if (!Array.isArray(names) || !names.every((name) => typeof name === "string"))
      throw badReply(session.domain, "a list of repositories that is none");
    seen += names.length;
    for (const name of names)
      if (name.includes(term)) found.push({ name, description: "", stars: 0, official: false, automated: false });
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(reply.response.headers.get("link") ?? "")?.[1];
    // A page that brings nothing leads nowhere.
    target = next === undefined || names.length === 0 ? undefined : (URL.parse(next, reply.url.href) ?? undefined);
  }
  return found.slice(0, limit);
}

function parse(body: Uint8Array, domain: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw badReply(domain, "what was found is not JSON", error);
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw badReply(domain, "what was found is no object");
}

function foundOf(value: unknown): FoundRepository {
  const result = (value ?? {}) as Record<string, unknown>;
  const text = (key: string): string => (typeof result[key] === "string" ? result[key] : "");
  return {
    name: text("name"),
    description: text("description"),
    stars: typeof result["star_count"] === "number" ? result["star_count"] : 0,
    official: result["is_official"] === true,
    automated: result["is_automated"] === true,
  };
}
