import { remoteTags } from "../../../engine/pull.ts";
import { searchImages } from "../../../engine/search.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import type { Query } from "../../http/query.ts";
import { registryOptions } from "./transfer.ts";

const USUAL_LIMIT = 25;

/** `GET /libpod/images/search` */
export async function search(call: Call): Promise<Reply> {
  const { query, signal } = call;
  const term = query.text("term");
  if (term === undefined) throw badRequest("search term cannot be empty");
  const limit = query.integer("limit") || USUAL_LIMIT;
  const options = { ...registryOptions(call), signal };
  if (query.flag("listTags") || query.flag("listtags")) {
    const tags = (await remoteTags(term.replace(/^docker:\/\//, ""), options)).slice(0, limit);
    return ok(tags.map(tagOf));
  }
  const found = await searchImages(term, { ...options, limit, filter: filterOf(query) });
  return ok(
    found.map(({ index, fullName, description, stars, official, automated }) => ({
      Index: index,
      Name: fullName,
      Description: description,
      Stars: stars,
      Official: official ? "[OK]" : "",
      Automated: automated ? "[OK]" : "",
      Tag: "",
    })),
  );
}

function tagOf(full: string): Record<string, unknown> {
  const colon = full.lastIndexOf(":");
  return { Index: "", Name: full.slice(0, colon), Description: "", Stars: 0, Tag: full.slice(colon + 1) };
}

type Filter = { stars?: number; official?: boolean; automated?: boolean };

function filterOf(query: Query): Filter {
  const filter: Filter = {};
  for (const text of query.filters()) {
    const [key = "", value = ""] = text.split("=");
    const flag = value === "true" || value === "1" || value === "";
    if (key === "stars" && /^\d+$/.test(value)) filter.stars = Number(value);
    else if (key === "is-official") filter.official = flag;
    else if (key === "is-automated") filter.automated = flag;
    else throw badRequest(`invalid filter "${text}": stars=N, is-official=true|false or is-automated=true|false`);
  }
  return filter;
}
