import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announceMove } from "../host/cgroup-mode.ts";
import { makeHeldFile } from "../host/held-file.ts";
import { findProcess } from "../host/process.ts";
import { EstibaError } from "../lib/error.ts";
import { type Attachment, connectAttach, resizeTerminal, type TerminalSize } from "../runtime/attach.ts";
import { type OciRuntime, runtimeDelete, runtimeStart } from "../runtime/oci-runtime.ts";
import type { ContainerRecord, ContainerState, ProcessId } from "../state/container.ts";
import { putState } from "../state/containers.ts";
import { hasLimits } from "../state/pod.ts";
import { getPod } from "../state/pods.ts";
import { putRunWish } from "../state/run-wish.ts";
import { SPEC_FILE, SPEC_MODE } from "./bundle.ts";
import { emitContainerEvent } from "./emit-event.ts";
import { prepareNetwork } from "./endpoint.ts";
import type { Engine } from "./engine.ts";
import { keptFiles, monitorLog } from "./log/destination.ts";
import { requireJoined } from "./namespaces.ts";
import { notifyPlan, notifyStarted } from "./notify.ts";
import { type PreparedNetwork, wantedPorts } from "./own-network.ts";
import { prepareBundle } from "./prepare-bundle.ts";
import { isMapped, prepareRoot, withJoinedIds } from "./prepare-root.ts";
import { engineRuntime } from "./programs.ts";
import { cgroupPath, runtimeStateFolder } from "./runtime-places.ts";
import { beginOwnFolder, startMonitor } from "./start-monitor.ts";
import { freeMounts } from "./volumes.ts";

/** Whether to connect to the container's stdio; a size is its terminal's from the beginning. */
export type AttachRequest = boolean | TerminalSize;

/** What a start may have besides. */
export type LaunchOptions = {
  /** The state that a start by a restart policy starts from: kept while it is under way, and there again after a throw. */
  readonly again?: ContainerState | undefined;
  /** Descriptors of ours that the command gets, from 3 on. */
  readonly pass?: readonly number[];
  /** Called with its bundle just before the command begins: who connects to its stdio then misses nothing. */
  readonly ready?: Ready | undefined;
  /** Called when the runtime has begun to make it: this process has little to do until that is done. */
  readonly going?: (() => void) | undefined;
  /** Called when its first process is there, and its state says so: its namespaces can be joined. */
  readonly made?: (() => void) | undefined;
  /** Its network is connected when this resolves: somebody has more urgent things to do in this process. */
  readonly turn?: Promise<void> | undefined;
  /** The container whose network it joins is being started, too. */
  readonly beside?: Beside | undefined;
};

/** A start that is under way. */
export type Beside = {
  /** Its namespaces are there, or never will be: then `begun` says why. */
  readonly made: Promise<void>;
  /** Its command has begun; gives warnings. Throws what the start throws. */
  readonly begun: Promise<readonly string[]>;
  /** Lets it connect its network, for which it waits. Until then this process is not kept busy by it. */
  readonly goOn: () => void;
};

/** Is told the bundle of a container whose command is about to begin. */
export type Ready = (bundle: string) => void;

/** A container that runs now. */
export type Launched = {
  /** Its stdio, when asked for. */
  readonly attachment: Attachment | undefined;
  /** Its conmon; undefined when that has ended already. */
  readonly monitor: ProcessId | undefined;
  readonly warnings: readonly string[];
};

/** A container whose command waits for `start`. Disposing it takes all of it back, unless it was kept. */
export type MadeContainer = AsyncDisposable & {
  readonly runtime: OciRuntime;
  /** As it is written down; its status is `starting`. */
  readonly state: ContainerState;
  readonly warnings: readonly string[];
  /**
   * Settles when the kernel has let its monitor into a cgroup of its own, which may take some 10 ms, and nothing else is under way off this
   * thread: whoever made it waits for that.
   */
  readonly moved: Promise<boolean>;
  /** From now on it is there for good; only our own descriptors are closed. */
  readonly keep: () => void;
};

/**
 * Starts a container whose record exists and which does not run: from its layers to its command running. The caller holds its lock. With
 * `attach`, the connection to its stdio is made before the command begins, so nothing of its output is missed.
 * State reached: running. A throw leaves it created, with nothing of this attempt behind.
 */
export async function launch(
  engine: Engine,
  record: ContainerRecord,
  attach: AttachRequest,
  options: LaunchOptions = {},
): Promise<Launched> {
  await using made = await makeContainer(engine, record, attach, options);
  const { ready, beside } = options;
  const beginning = async (): Promise<Attachment | undefined> => {
    await beside?.begun;
    return await begin(engine, record, { ...made, attach, ready });
  };
  const [attachment] = await settled(beginning(), made.moved);
  // Success: what was made belongs to the running container now.
  made.keep();
  const warnings = [...made.warnings, ...notifyStarted(record, made.state)];
  return { attachment, monitor: made.state.monitor, warnings };
}

type Beginning = {
  readonly runtime: OciRuntime;
  readonly state: ContainerState;
  readonly attach: AttachRequest;
  readonly ready?: Ready | undefined;
};

/**
 * Lets the command of a made container begin, whose state is written down as `starting`. The caller holds its lock, and takes the
 * container back after a throw. State reached: running.
 */
export async function begin(
  engine: Engine,
  record: ContainerRecord,
  { runtime, state, attach, ready }: Beginning,
): Promise<Attachment | undefined> {
  const bundle = join(engine.paths.bundles, record.id);
  // With passthrough its stdio is ours already, and conmon has none to share.
  const attachment = attach === false || record.spec.log.driver === "passthrough" ? undefined : connectAttach(bundle);
  if (typeof attach === "object" && record.spec.tty) resizeTerminal(bundle, attach);
  try {
    ready?.(bundle);
    const startedAt = Date.now();
    await runtimeStart(runtime, record.id);
    // A restart is no longer to come.
    const { backoff: _backoff, exit: _exit, ...begun } = state;
    putState(engine.live, record.id, { ...begun, status: "running", startedAt });
    emitContainerEvent(engine, record, "start");
    await supervise(engine, record);
    if (attachment !== undefined) emitContainerEvent(engine, record, "attach");
    return attachment;
  } catch (error) {
    attachment?.[Symbol.dispose]();
    throw error;
  }
}

// For the next boot, and for the watcher; nothing for a container without policy, checks, or a log in several files.
async function supervise(engine: Engine, { id, spec, healthcheck }: ContainerRecord): Promise<void> {
  if (spec.restart !== undefined) putRunWish(engine.store, id, "running");
  if (healthcheck !== undefined || keptFiles(spec) > 1) (await import("./watcher/wake.ts")).wakeWatcher(engine);
}

/**
 * Makes all that a container needs to begin: root, network, bundle, monitor, and its first process, which waits for the runtime's `start`.
 * The record exists, the container does not run, and the caller holds its lock. A throw leaves it created, with nothing of this attempt
 * behind.
 */
export async function makeContainer(
  engine: Engine,
  defined: ContainerRecord,
  attach: AttachRequest,
  options: LaunchOptions = {},
): Promise<MadeContainer> {
  const { again, pass = [], beside } = options;
  const record = await withJoinedIds(defined);
  const { id, spec } = record;
  const program = engineRuntime(engine, spec.runtime ?? again?.runtime);
  const runtime: OciRuntime = { path: program.path, stateFolder: runtimeStateFolder(engine) };
  const bundle = join(engine.paths.bundles, id);
  await using undo = new AsyncDisposableStack();
  const ahead = undo.adopt(beginOwnFolder(engine, id), (made) => made);
  const log = await monitorLog(engine, record);
  const podWarnings = await podsCgroup(engine, record);
  // What is mounted on the host only until the runtime has made the container.
  using staged = new DisposableStack();
  undo.defer(() => freeMounts(engine, record));
  putState(engine.live, id, { ...again, status: "starting", runtime: program.path });
  undo.defer(() => putState(engine.live, id, again ?? { status: "created" }));

  makeBundle(engine, bundle);
  undo.defer(() => rmSync(bundle, { recursive: true, force: true }));
  const takeNetwork = async (): Promise<PreparedNetwork> => undo.use(await prepareNetwork(engine, record));
  // The monitor holds the ports of a network of its own, and nothing of one that it joins.
  const early = beside === undefined && wantedPorts(record).length > 0 ? await takeNetwork() : undefined;
  // The runtime waits for this file while it is being written.
  const held = mayGoFirst(record) ? makeHeldFile(join(bundle, SPEC_FILE), SPEC_MODE) : undefined;
  undo.defer(() => held?.release());
  undo.defer(() => abandon(engine, { runtime, record }));
  // The monitor starts up while the root and the bundle are made here.
  const wanted = { record, runtime, bundle, attach, log, pass, keep: early?.keep ?? [] };
  const { monitor, settle } = startMonitor(engine, wanted, undo);
  const mayGo = (): void => (held === undefined ? undefined : monitor.go());
  // The runtime waits with its eyes on the file, for no longer than a lease lasts: volumes may take their time to be filled.
  if (record.mounts.length === 0) mayGo();
  // Again: the runtime will move the container, while what was begun at our own start may be over.
  void announceMove();
  const { network, warnings } = await prepareRoot(engine, record, { undo, staged }, async (rootfs, rootFd) => {
    const network = early ?? (await takeNetwork());
    const parts = { record, program, rootfs, rootFd, network, staged, held, nearlyThere: mayGo, joined: beside?.made };
    return { network, warnings: await prepareBundle(engine, parts) };
  });
  // Let go first: the interface is made here while the runtime makes the container on another core.
  held?.release();
  const note = (pid: number): ContainerState =>
    putMade(engine, { pid, monitor: process, record, runtime: program.path, network: network.state, again });
  const connecting = connectBeside(monitor.create(), { network, note, ...options });
  const { process, moved } = settle();
  const { state, unresolved } = await explained(engine, record, connecting);
  writePidFiles(record, state);
  emitContainerEvent(engine, record, "init");
  const made = undo.move();
  return {
    runtime,
    state,
    moved: Promise.all([moved, ahead]).then(([isMoved]) => isMoved),
    warnings: [...podWarnings, ...warnings, ...network.warnings, ...unresolved],
    keep: () => {
      made.move();
      network.release();
    },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

// What the runtime came upon in namespaces of a container that ends is not worth reading.
async function explained<T>(engine: Engine, record: ContainerRecord, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    requireJoined(engine, record);
    throw error;
  }
}

type Connecting = Pick<LaunchOptions, "made" | "turn" | "going"> & {
  readonly network: PreparedNetwork;
  /** {@link putMade}. */
  readonly note: (pid: number) => ContainerState;
};

/** Connects the network, without a pause, while the runtime makes the container, or in its turn. Resolves when both is done. */
async function connectBeside(
  created: Promise<number>,
  { network, note, made, turn, going }: Connecting,
): Promise<{ state: ContainerState; unresolved: readonly string[] }> {
  const noted = created.then((pid) => {
    const state = note(pid);
    made?.();
    return { pid, state };
  });
  const connect = network.namespace === "new" ? async () => await network.connect(await created) : network.connect;
  const connected = turn === undefined ? connect() : Promise.all([noted, turn]).then(async () => await connect());
  going?.();
  const [{ pid, state }] = await settled(noted, connected);
  return { state, unresolved: network.ready === undefined ? [] : await network.ready(pid) };
}

// Not where the files of the root may have to change their owners first, nor where conmon has a socket in a folder of the bundle.
function mayGoFirst(record: ContainerRecord): boolean {
  return !isMapped(record) && notifyPlan(record)?.byCommand !== true;
}

async function podsCgroup(engine: Engine, { spec: { pod } }: ContainerRecord): Promise<readonly string[]> {
  const record = pod?.cgroup === true ? getPod(engine.store, pod.id) : undefined;
  if (pod === undefined || record === undefined || !hasLimits(record)) return [];
  return (await import("./pod/cgroup.ts")).preparePodCgroup(engine, record, pod);
}

function writePidFiles({ spec }: ContainerRecord, { init, monitor }: ContainerState): void {
  const { pidFile, monitorPidFile } = spec.process ?? {};
  if (pidFile !== undefined && init !== undefined) writeFileSync(pidFile, String(init.pid));
  if (monitorPidFile !== undefined && monitor !== undefined) writeFileSync(monitorPidFile, String(monitor.pid));
}

type MadeParts = {
  pid: number;
  monitor: ProcessId | undefined;
  record: ContainerRecord;
  runtime: string;
  network: PreparedNetwork["state"];
  again: ContainerState | undefined;
};

/** Writes down that a container's first process is there, and gives the state. */
function putMade(engine: Engine, { pid, monitor, record, runtime, network, again }: MadeParts): ContainerState {
  const { restartCount, restartDelayMs, backoff, exit } = again ?? {};
  const state: ContainerState = {
    status: "starting",
    runtime,
    init: processId(pid, record.id),
    ...(monitor === undefined ? {} : { monitor }),
    ...network,
    ...(restartCount === undefined ? {} : { restartCount }),
    ...(restartDelayMs === undefined ? {} : { restartDelayMs }),
    ...(backoff === undefined || exit === undefined ? {} : { backoff, exit }),
    ...(record.healthcheck === undefined ? {} : { health: { status: "starting", failingStreak: 0, log: [] } }),
  };
  putState(engine.live, record.id, state);
  return state;
}

function makeBundle(engine: Engine, bundle: string): void {
  // What an earlier run left is of no use: its sockets and pid files belong to processes that are gone.
  rmSync(bundle, { recursive: true, force: true });
  for (const folder of [engine.paths.exits, bundle]) mkdirSync(folder, { recursive: true, mode: 0o700 });
}

// Both must end before anything is undone: neither may go on making things that the other's failure takes away.
async function settled<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "rejected") throw a.reason as unknown;
  if (b.status === "rejected") throw b.reason as unknown;
  return [a.value, b.value];
}

type Attempt = { runtime: OciRuntime; record: ContainerRecord };

async function abandon(engine: Engine, { runtime, record }: Attempt): Promise<void> {
  await (await import("./leftovers.ts")).endLeftovers(engine, record.id, cgroupPath(engine, record));
  await runtimeDelete(runtime, record.id);
  // crun forgets a container that it could not create, but not its cgroup.
  await (await import("./check/cgroups.ts")).removeCgroups(cgroupPath(engine, record));
}

function processId(pid: number, id: string): ProcessId {
  const found = findProcess(pid);
  if (found !== undefined) return found;
  throw new EstibaError("internal", {
    reason: "runtime.vanished",
    what: "the container's first process was gone before its command began",
    details: { container: id, pid },
  });
}
