import { badReply } from "./errors.ts";
import type { RegistrySession } from "./session.ts";
import { readAll } from "./transport.ts";

const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_TAGS = 100_000;
const PAGE = 1000;

/** Every tag of the session's repository, page by page (distribution spec, "Listing Tags"). Throws the registry's typed errors. */
export async function fetchTags(session: RegistrySession, signal: AbortSignal): Promise<string[]> {
  const tags: string[] = [];
  let target: string | URL | undefined = `tags/list?n=${PAGE}`;
  while (target !== undefined && tags.length <= MAX_TAGS) {
    using reply = await session.request(target, { kind: "tags", name: "list" }, { signal });
    tags.push(...parseTags(await readAll(reply, MAX_PAGE_BYTES, session.domain), session.domain));
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(reply.response.headers.get("link") ?? "")?.[1];
    target = next === undefined ? undefined : (URL.parse(next, reply.url.href) ?? undefined);
  }
  return tags;
}

function parseTags(body: Uint8Array, domain: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw badReply(domain, "a list of tags that is not JSON", error);
  }
  const tags = (parsed as { tags?: unknown } | null)?.tags ?? [];
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  throw badReply(domain, "a list of tags that is none");
}
