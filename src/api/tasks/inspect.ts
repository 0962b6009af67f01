import { inspectContainerFacts } from "../../engine/inspect.ts";
import { inspectContainer } from "../../views/container-inspect.ts";
import { namedContainer } from "../docker/container/find.ts";
import { type Call, ok, type Reply } from "../http/call.ts";

/** `GET /inspect/{id}`: the document that `estiba inspect` shows on the container's own node. */
export function inspect(call: Call): Reply {
  const { id } = namedContainer(call);
  const { listed, ...facts } = inspectContainerFacts(call.engine, id, call.query.flag("size"));
  return ok(inspectContainer(listed, facts));
}
