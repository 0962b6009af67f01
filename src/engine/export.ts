import { findContainer } from "../state/containers.ts";
import { writeTree } from "../storage/tar/write-tree.ts";
import { openContainerRoot } from "./container-root.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { whileItIsThere } from "./while-it-is-there.ts";

/**
 * Streams a container's whole root as a tar archive, running or not; what volumes, binds and tmpfs hold is not in it, as with both peers. A
 * running container's files may change meanwhile. Throws `not_found`.
 */
export function* exportContainer(engine: Engine, nameOrId: string): Generator<Uint8Array, void, undefined> {
  const record = findContainer(engine.store, nameOrId);
  yield* whileItIsThere(engine, record, function* () {
    using root = openContainerRoot(engine, record, "read");
    yield* writeTree(root.fd, { name: "", oneFileSystem: true });
  });
  emitContainerEvent(engine, record, "export");
}
