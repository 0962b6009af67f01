import { inspectContainerFacts } from "../../../engine/inspect.ts";
import { dockerContainer } from "../../../views/docker/container.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { namedContainer, networkIds } from "./find.ts";

/** `GET /containers/{id}/json` */
export function inspect(call: Call): Reply {
  const { id } = namedContainer(call);
  return ok(dockerContainer(inspectContainerFacts(call.engine, id, call.query.flag("size")), networkIds(call)));
}
