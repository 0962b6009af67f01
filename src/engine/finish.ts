import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { isAlive, sendSignal } from "../host/process.ts";
import { type OciRuntime, runtimeDelete } from "../runtime/oci-runtime.ts";
import type { ContainerExit, ContainerRecord, ContainerState } from "../state/container.ts";
import { getContainer, getState, putState, saveExit } from "../state/containers.ts";
import { rememberExit } from "../state/finished.ts";
import { discardContainer } from "./discard.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { lockContainer } from "./locks.ts";
import { removeMemberName } from "./pod/member-name.ts";
import { backoffFor, restartDelay, wishAfter } from "./restart-policy.ts";
import { releaseRoot } from "./root-mount.ts";
import { cgroupPath, runtimeStateFolder } from "./runtime-places.ts";
import { sessionsFolder } from "./sessions-folder.ts";
import { readExitFile } from "./status.ts";
import { freeMounts } from "./volumes.ts";

const SIGKILL = 9;
const EXIT_FILE_PATIENCE_MS = 2_000;
/** What a container that was torn down without a word counts as: killed. */
const KILLED = 137;

type FinishOptions = {
  /** The caller sees to what a restart policy asks for; else the watcher does. */
  readonly takesOver?: boolean;
};

/**
 * Writes down how a container ended and frees what only a running one needs: its cgroup, mount, addresses, ports, bundle. With its own
 * `--rm` it goes altogether; where its policy starts it again, the state has the back-off. The caller holds its lock. Idempotent: whoever
 * comes second (the exit hook, a foreground command) finds nothing to do. Returns how it ended; undefined when it still runs or never ran.
 */
export async function finishContainer(
  engine: Engine,
  record: ContainerRecord,
  options: FinishOptions = {},
): Promise<ContainerExit | undefined> {
  const { id } = record;
  const state = getState(engine.live, id);
  if (state === undefined || state.status === "created") return undefined;
  if (state.status === "exited") return state.exit;
  if (isAlive(state.init)) return undefined;
  const written =
    state.status === "starting" ? readExitFile(engine, id, state) : await awaitExitFile(engine, id, state);
  // A start that was cut off before the command began is nothing that ended: sweepHalfStarted takes it back.
  if (written === undefined && state.status === "starting") return undefined;
  const exit = written ?? lostExit(state);
  rememberExit(engine.live, id, exit);
  emitContainerEvent(engine, record, "died", { exitCode: String(exit.code) });
  const delayMs = restartDelay(record, state, exit);
  await freeMounts(engine, record);
  removeMemberName(engine, record);
  await freeRunning(engine, { id, ...partsOf(engine, record), state }, async () => {
    if (record.spec.autoRemove && state.keep !== true) return await discardContainer(engine, record);
    saveExit(engine.store, id, exit, wishAfter(record, state, delayMs !== undefined));
    putState(engine.live, id, exitedState(state, exit, delayMs, options.takesOver === true));
    emitContainerEvent(engine, record, "cleanup");
  });
  if (delayMs !== undefined && options.takesOver !== true) (await import("./watcher/wake.ts")).wakeWatcher(engine);
  return exit;
}

function exitedState(
  { runtime, restartCount, health }: ContainerState,
  exit: ContainerExit,
  delayMs: number | undefined,
  takesOver: boolean,
): ContainerState {
  return {
    status: "exited",
    exit,
    ...(runtime === undefined ? {} : { runtime }),
    ...(restartCount === undefined ? {} : { restartCount }),
    ...(health === undefined ? {} : { health }),
    ...(delayMs === undefined ? {} : backoffFor(delayMs, takesOver)),
  };
}

/** {@link finishContainer} for who does not hold the container's lock; the exit hook may have been quicker. */
export async function finishUnderLock(engine: Engine, record: ContainerRecord): Promise<void> {
  {
    using lock = await lockContainer(engine, record.id);
    // What it is to do at its end may have been changed since the caller looked.
    await finishContainer(engine, getContainer(engine.store, record.id) ?? record);
    if (getContainer(engine.store, record.id) === undefined) lock.discard();
  }
  await afterMember(engine, record);
}

/** What the end of a member means for its pod; nothing for any other container. The caller does not hold its lock. */
export async function afterMember(engine: Engine, record: ContainerRecord): Promise<void> {
  if (record.spec.pod !== undefined) await (await import("./pod/exit-policy.ts")).heedExitPolicy(engine, record);
}

type Parts = Pick<ContainerRecord["spec"], "network"> & {
  /** Its cgroup, where the runtime alone may not remove it, or where nobody would look for what is left of it. */
  readonly cgroup?: string | undefined;
};
type Remains = Pick<ContainerRecord, "id"> & Parts & { state: ContainerState };

function partsOf(engine: Engine, record: ContainerRecord): Parts {
  const { network, namespaces, resources } = record.spec;
  const sharesPids = (namespaces?.pid ?? "private") !== "private";
  const special = sharesPids || resources.cgroupParent !== undefined;
  return { network, cgroup: special ? cgroupPath(engine, record) : undefined };
}

/**
 * Frees everything that exists only while the container runs, and writes down its end by `record`. Safe to repeat, and for what was made
 * only half.
 */
export async function freeRunning(
  engine: Engine,
  { id, network, cgroup, state }: Remains,
  record: () => void | Promise<void>,
): Promise<void> {
  // The runtime removes cgroup and state in a process of its own; meanwhile all else is done here.
  const deleted = deleteByRuntime(engine, { id, state, cgroup });
  // Only the record tells where it lay: with that gone, nobody would find what is left of it.
  if (cgroup !== undefined) await deleted;
  try {
    releaseRoot(engine, id);
    if (network === "bridge") await (await import("./network/disconnect.ts")).disconnectNetwork(engine, id);
    await record();
    await removeRunFiles(engine, id);
  } finally {
    await deleted;
  }
}

/** Removes the exit file and the bundle of a container that has ended; nothing happens when they are gone. */
export async function removeRunFiles(engine: Engine, id: string): Promise<void> {
  // A monitor that was killed while it wrote the file leaves it under a name with an ending.
  for (const name of folderNames(engine.paths.exits))
    if (name.startsWith(id)) rmSync(join(engine.paths.exits, name), { force: true });
  if (existsSync(sessionsFolder(engine, id))) (await import("./exec-session.ts")).finishSessions(engine, id);
  // Last: the exit hook takes the bundle's absence as "nothing left to do".
  removeFolder(join(engine.paths.bundles, id));
}

// A health check under way may write a file into it between the removal of its files and its own, which then fails without a word.
function removeFolder(path: string): void {
  for (let tries = 0; tries < 10 && existsSync(path); tries++) rmSync(path, { recursive: true, force: true });
}

/**
 * Takes away what a start that was killed half-way left: its monitor and processes, whether they are written down or not, mount, addresses.
 * A restart that was cut off waits for its back-off again. The caller holds the container's lock, so no start is under way. Idempotent.
 */
export async function sweepHalfStarted(engine: Engine, record: ContainerRecord): Promise<void> {
  const state = getState(engine.live, record.id);
  if (state?.status !== "starting") return;
  await (await import("./leftovers.ts")).endLeftovers(engine, record.id, cgroupPath(engine, record));
  // With it in any case: of a container that the runtime does not know it removes none.
  const parts = { ...partsOf(engine, record), cgroup: cgroupPath(engine, record) };
  await freeRunning(engine, { id: record.id, ...parts, state }, () =>
    putState(engine.live, record.id, beforeStart(state)),
  );
  await freeMounts(engine, record);
  removeMemberName(engine, record);
}

function beforeStart({ backoff, exit, restartCount, restartDelayMs }: ContainerState): ContainerState {
  if (backoff === undefined || exit === undefined) return { status: "created" };
  const progress = {
    ...(restartCount === undefined ? {} : { restartCount }),
    ...(restartDelayMs === undefined ? {} : { restartDelayMs }),
  };
  return { status: "exited", exit, backoff, ...progress };
}

async function deleteByRuntime(engine: Engine, { id, state, cgroup }: Omit<Remains, "network">): Promise<void> {
  if (state.runtime === undefined) return;
  const runtime: OciRuntime = { path: state.runtime, stateFolder: runtimeStateFolder(engine) };
  await runtimeDelete(runtime, id);
  // runc leaves it where processes besides the first are just ending.
  if (cgroup !== undefined) await (await import("./check/cgroups.ts")).removeCgroups(cgroup);
}

// conmon writes the exit file a moment after the process is gone; who does not wait for it would make up an exit code.
async function awaitExitFile(engine: Engine, id: string, state: ContainerState): Promise<ContainerExit | undefined> {
  const deadline = performance.now() + EXIT_FILE_PATIENCE_MS;
  for (;;) {
    // Asked first: a monitor that has just gone has written it before.
    const goesOn = isAlive(state.monitor) && performance.now() < deadline;
    const exit = readExitFile(engine, id, state);
    if (exit !== undefined || !goesOn) return exit;
    await Bun.sleep(1);
  }
}

function lostExit(state: ContainerState): ContainerExit {
  const now = Date.now();
  // conmon was killed, or the container never began: there is no exit file and will be none.
  if (isAlive(state.monitor) && state.monitor !== undefined) sendSignal(state.monitor.pid, SIGKILL);
  return {
    code: KILLED,
    startedAt: state.startedAt ?? now,
    finishedAt: now,
    oomKilled: false,
    error: "the monitor ended before it could write down the exit code",
  };
}
