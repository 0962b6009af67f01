import { isJob, type Service } from "../model/service.ts";
import type { Restarts, Task } from "../model/task.ts";
import { type Draft, put } from "./draft.ts";

type Wanted = {
  readonly slot: number;
  /** Of a task that can only run there. */
  readonly nodeId?: string | undefined;
  readonly notBefore?: number;
  readonly after?: string | undefined;
  /** The run of a job that it is of. */
  readonly run?: number | undefined;
  readonly restarts?: Restarts | undefined;
};

/** Adds a task of the service as it is now. What it waits for keeps it prepared until then. */
export function makeTask(draft: Draft, service: Service, wanted: Wanted): Task {
  const { slot, nodeId, notBefore, after, restarts, run } = wanted;
  const waits = after !== undefined || (notBefore !== undefined && notBefore > draft.now);
  return put(draft, {
    id: draft.newId(),
    serviceId: service.id,
    slot,
    ...(run === undefined ? {} : { run }),
    ...(nodeId === undefined ? {} : { nodeId }),
    specHash: service.specHash,
    // Of two tasks of a slot it is always clear which is the newer one.
    createdAt: draft.now + draft.changed.size / 1e5,
    desired: waits ? "ready" : begunAs(service),
    status: { state: "new", at: draft.now, message: "created" },
    ...(waits && notBefore !== undefined ? { notBefore } : {}),
    ...(after === undefined ? {} : { after }),
    ...(restarts === undefined ? {} : { restarts }),
    reserve: service.spec.reserve,
    hostPorts: hostPortsOf(service),
  });
}

/** What is wanted of a task that may begin. */
export function begunAs({ spec }: Service): "running" | "complete" {
  return isJob(spec) ? "complete" : "running";
}

// Those of a shared group can be had by any number of tasks of a node.
function hostPortsOf({ spec }: Service): string[] {
  return spec.container.ports
    .filter(({ share, hostPort }) => share === undefined && hostPort !== 0)
    .flatMap(({ protocol, hostPort, range }) =>
      Array.from({ length: range }, (_, offset) => `${protocol}/${hostPort + offset}`),
    );
}
