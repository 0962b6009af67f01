import { describeDistribution } from "../../../engine/distribution.ts";
import { searchImages } from "../../../engine/search.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import type { Query } from "../../http/query.ts";
import { dockersName } from "./find.ts";
import { registryAuth } from "./registry-auth.ts";

const USUAL_LIMIT = 25;
const MOST = 100;

/** `GET /images/search` */
export async function search(call: Call): Promise<Reply> {
  const { query, signal } = call;
  const term = query.text("term");
  if (term === undefined) throw badRequest("invalid search term: it is empty");
  const limit = query.integer("limit") ?? USUAL_LIMIT;
  if (limit < 0 || limit > MOST) throw badRequest(`Limit ${limit} is outside the range of [1, ${MOST}]`);
  const options = { credentials: registryAuth(call), limit: limit || USUAL_LIMIT, signal };
  const found = await searchImages(term, { ...options, filter: filterOf(query) });
  return ok(
    found.map(({ index, name, fullName, description, stars, official, automated }) => ({
      // At docker.io the name that people type.
      name: index === "docker.io" ? name : fullName,
      description,
      star_count: stars,
      is_official: official,
      is_automated: automated,
    })),
  );
}

function filterOf(query: Query): { stars?: number; official?: boolean; automated?: boolean } {
  const filter: { stars?: number; official?: boolean; automated?: boolean } = {};
  for (const text of query.filters()) {
    const equals = text.indexOf("=");
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
    const flag = value === "true" || value === "1" ? true : value === "false" || value === "0" ? false : undefined;
    if (key === "stars" && /^\d+$/.test(value)) filter.stars = Number(value);
    else if (key === "is-official" && flag !== undefined) filter.official = flag;
    else if (key === "is-automated" && flag !== undefined) filter.automated = flag;
    else throw badRequest(`invalid filter '${key}'`);
  }
  return filter;
}

/** `GET /distribution/{name}/json` */
export async function distribution(call: Call): Promise<Reply> {
  const { signal } = call;
  const name = dockersName(call.params["name"] ?? "");
  const found = await describeDistribution(name, { credentials: registryAuth(call), signal });
  const { mediaType, digest, sizeBytes, platforms } = found;
  return ok({ Descriptor: { mediaType, digest, size: sizeBytes }, Platforms: platforms });
}
