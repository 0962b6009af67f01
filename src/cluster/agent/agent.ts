import { mkdirSync, watch } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { readEvents } from "../../engine/events.ts";
import { type ContainerSummary, summarizeContainers } from "../../engine/list.ts";
import { removeContainer } from "../../engine/remove.ts";
import { isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { pause } from "../../lib/pause.ts";
import type { Assignment, Orders, Upstream } from "../manager/dispatch.ts";
import { TASK_RANK } from "../model/task.ts";
import { forgetFiles } from "./files.ts";
import { makeGuests } from "./guests/guests.ts";
import { serveGuests } from "./guests/serve.ts";
import { TASK_LABELS } from "./labels.ts";
import { measureTasks } from "./measure.ts";
import { makeNodeNetworks } from "./networks/node-networks.ts";
import { advance, halt } from "./steps.ts";
import { type Held, holdTask, type Workshop } from "./workshop.ts";

/** Containers that are made or started at once. */
const AT_ONCE = 4;
/** Events tell at once; this is for what tells none. */
const LOOK_AGAIN_MS = 5_000;
const ID_LENGTH = 64;
const LONGEST_FAREWELL_MS = 5_000;

/**
 * Runs the tasks of this node: makes containers, starts, watches and stops them as ordered. It has nothing of its own that matters: what
 * runs is found by labels, so that one that is killed and started again goes on where it was. Ends with the signal; containers stay.
 */
export async function runAgent(engine: Engine, upstream: Upstream, signal: AbortSignal): Promise<void> {
  forgetFiles(engine);
  const networks = makeNodeNetworks(engine);
  const shop: Workshop = {
    engine,
    report: upstream.report,
    signal,
    held: new Map(),
    working: new Set(),
    slots: AT_ONCE,
    waiting: [],
    networks,
  };
  const guests = makeGuests(engine, networks, { ask: upstream.askForGuest, signal });
  await Promise.all([
    takeOrders(shop, upstream),
    followContainers(shop, guests.ring),
    followExits(shop),
    lookAgain(shop),
    networks.keep(signal),
    guests.keep(),
    serveGuests(engine, guests, signal),
    measureTasks(shop, upstream.tellUsages),
  ]);
  // Who comes after this one, in this process, finds what it has begun.
  await Promise.race([Promise.all(shop.working), Bun.sleep(LONGEST_FAREWELL_MS)]);
}

async function takeOrders(shop: Workshop, upstream: Upstream): Promise<void> {
  for await (const orders of upstream.orders(shop.signal)) {
    if (orders.network !== undefined) shop.networks.hear(orders.network);
    if (orders.complete) await forgetUnlisted(shop, orders);
    for (const assignment of orders.assignments) take(shop, assignment);
    for (const id of orders.gone) dismiss(shop, id);
  }
}

function take(shop: Workshop, assignment: Assignment): void {
  const { id } = assignment.task;
  const held = shop.held.get(id) ?? holdTask(assignment);
  shop.held.set(id, held);
  held.assignment = assignment;
  // What was reported may have got lost on the way, or with the manager that had heard it.
  if (TASK_RANK[held.status.state] > TASK_RANK[assignment.task.status.state]) shop.report(id, held.status);
  if (!isWantedHere(assignment)) held.preparing.abort();
  kick(shop, held);
}

function isWantedHere({ task: { desired } }: Assignment): boolean {
  return desired !== "shutdown" && desired !== "remove";
}

/** Has a task brought a step further; what comes while that goes on is looked at afterwards. */
function kick(shop: Workshop, held: Held): void {
  held.again = true;
  if (held.busy) return;
  held.busy = true;
  const working = work(shop, held).finally(() => shop.working.delete(working));
  shop.working.add(working);
}

async function work(shop: Workshop, held: Held): Promise<void> {
  try {
    while (held.again && !shop.signal.aborted) {
      held.again = false;
      if (held.gone) await removeTask(shop, held);
      else if (isWantedHere(held.assignment)) await advance(shop, held);
      else await halt(shop, held);
    }
  } catch (error) {
    // The next look tries it again.
    logDebug(() => `task ${held.assignment.task.id}: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    held.busy = false;
  }
}

function dismiss(shop: Workshop, id: string): void {
  const held = shop.held.get(id);
  if (held === undefined) return;
  held.gone = true;
  held.preparing.abort();
  kick(shop, held);
}

async function removeTask(shop: Workshop, held: Held): Promise<void> {
  await halt(shop, held);
  if (held.containerId !== undefined) await removeIfThere(shop.engine, held.containerId);
  shop.held.delete(held.assignment.task.id);
}

/** Containers of tasks that this node no longer has go; those of tasks that it has are known from now on. */
async function forgetUnlisted(shop: Workshop, { assignments }: Orders): Promise<void> {
  const listed = new Map(assignments.map((assignment) => [assignment.task.id, assignment]));
  for (const id of shop.held.keys()) if (!listed.has(id)) dismiss(shop, id);
  for (const { record } of taskContainers(shop.engine)) {
    const assignment = listed.get(record.labels[TASK_LABELS.task] ?? "");
    if (assignment === undefined) await removeIfThere(shop.engine, record.id);
    else {
      const held = shop.held.get(assignment.task.id) ?? holdTask(assignment);
      held.containerId = record.id;
      shop.held.set(assignment.task.id, held);
    }
  }
}

function taskContainers(engine: Engine): ContainerSummary[] {
  return summarizeContainers(engine).filter(({ record }) => record.labels[TASK_LABELS.task] !== undefined);
}

async function removeIfThere(engine: Engine, id: string): Promise<void> {
  try {
    await removeContainer(engine, id, { force: true, volumes: true });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

async function followContainers(shop: Workshop, ring: () => void): Promise<void> {
  const request = {
    since: Date.now(),
    until: undefined,
    filters: ["type=container", "type=network"],
    follow: true,
    signal: shop.signal,
  };
  for await (const { labels } of readEvents(shop.engine, request)) {
    const held = shop.held.get(labels?.[TASK_LABELS.task] ?? "");
    if (held !== undefined) kick(shop, held);
    // Namespaces of those that have ended are let go.
    shop.networks.ring();
    ring();
  }
}

// Its monitor writes down how a container has ended before anybody else is told.
async function followExits(shop: Workshop): Promise<void> {
  const { engine, signal, held } = shop;
  mkdirSync(engine.paths.exits, { recursive: true, mode: 0o700 });
  const watcher = watch(engine.paths.exits, (_, name) => {
    const id = name?.slice(0, ID_LENGTH);
    for (const one of held.values()) if (one.containerId === id) kick(shop, one);
  });
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  watcher.close();
}

async function lookAgain(shop: Workshop): Promise<void> {
  while (!shop.signal.aborted) {
    await pause(LOOK_AGAIN_MS, shop.signal);
    for (const held of shop.held.values()) kick(shop, held);
  }
}
