import type { ContainerRecord } from "../../state/container.ts";
import { findContainer } from "../../state/containers.ts";
import type { Call, Handler } from "../http/call.ts";

/** The container that the path names. Throws `not_found` in Podman's words, which its clients look for. */
export function namedContainer({ engine, params }: Pick<Call, "engine" | "params">): ContainerRecord {
  return findContainer(engine.store, params["name"] ?? "");
}

/** A handler of Docker's that answers Podman's clients as well: only what it says of an unknown container differs. */
export function asDockers(load: () => Promise<Handler>): () => Promise<Handler> {
  return async () => {
    const handler = await load();
    return (call) => handler({ ...call, params: { ...call.params, id: namedContainer(call).id } });
  };
}
