import { type DiffKind, diffNames } from "../../engine/diff.ts";
import { badRequest } from "../http/api-error.ts";
import { type Call, ok, type Reply } from "../http/call.ts";

const KINDS = { changed: 0, added: 1, deleted: 2 } as const;
const TYPES: Readonly<Record<string, DiffKind>> = { all: "any", container: "container", image: "image" };

/** `GET /libpod/containers/{name}/changes`, `GET /libpod/images/{name}/changes`: of either, unless one is meant. */
export function changes({ engine, params, query }: Call): Reply {
  const type = query.text("diffType") ?? query.text("difftype") ?? "all";
  const kind = TYPES[type];
  if (kind === undefined) throw badRequest(`invalid diffType value "${type}"`);
  const wanted = { name: params["name"] ?? "", against: query.text("parent"), kind };
  const found = [...diffNames(engine, wanted)];
  return ok(found.map((change) => ({ Path: change.path, Kind: KINDS[change.kind] })));
}
