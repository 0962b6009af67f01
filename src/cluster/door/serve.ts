import type { Engine } from "../../engine/engine.ts";
import { toWire } from "../../lib/wire-error.ts";
import { secondsSince } from "../manager/contact.ts";
import type { ManagerIdentity } from "../node/identity.ts";
import { locked } from "../node/key-ring.ts";
import { nodeSocketPath } from "../node/paths.ts";
import { serveSocket } from "../node/serve-socket.ts";
import { type DoorRequest, dispatch } from "./dispatch.ts";
import { askLeader } from "./lead.ts";
import type { Door } from "./routes.ts";
import { type ClusterInfo, STALE_HEADER } from "./wire.ts";

/** Answers the commands of this machine, until the signal. Only root can connect. */
export async function serveCommands(engine: Engine, door: Door, signal: AbortSignal): Promise<void> {
  await serve(engine, async (request) => await answer(door, request, signal), signal);
}

type LockedDoor = { readonly identity: ManagerIdentity; readonly unlock: (unlockKey: string) => void };

/** What a manager answers that waits for its unlock key, until the signal. */
export async function serveLocked(
  engine: Engine,
  { identity, unlock }: LockedDoor,
  signal: AbortSignal,
): Promise<void> {
  const { clusterId, nodeId, address } = identity;
  const info = { clusterId, nodeId, address, leader: undefined, silent: undefined, createdAt: 0, isLocked: true };
  await serve(
    engine,
    async (request) => {
      try {
        const { pathname } = new URL(request.url);
        if (pathname === "/info") return Response.json(info satisfies ClusterInfo);
        if (pathname !== "/unlock") throw locked();
        unlock(((await request.json()) as { unlockKey: string }).unlockKey);
        return Response.json(null);
      } catch (error) {
        return Response.json(toWire(error), { status: 400 });
      }
    },
    signal,
  );
}

async function serve(
  engine: Engine,
  respond: (request: Request) => Promise<Response>,
  signal: AbortSignal,
): Promise<void> {
  const path = nodeSocketPath(engine);
  await serveSocket({ path, answer: respond }, signal);
}

async function answer(door: Door, asked: Request, stop: AbortSignal): Promise<Response> {
  try {
    const { pathname, search } = new URL(asked.url);
    const text = await asked.text();
    const signal = AbortSignal.any([stop, asked.signal]);
    // Who that is must not change on the way to another manager.
    const path = pathname.replace(/^\/nodes\/self(?=\/|$)/, `/nodes/${door.manager.nodeId}`);
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const request: DoorRequest = { method: asked.method, path: `${path}${search}`, body };
    if (asked.method !== "GET") return Response.json(await askLeader(door, request, signal));
    return Response.json(await dispatch(door, request, signal), { headers: staleness(door) });
  } catch (error) {
    return Response.json(toWire(error), { status: 400 });
  }
}

// What is told is what was known when the store answered last.
function staleness({ manager: { contact } }: Door): Record<string, string> {
  const lost = contact.lost();
  return lost === undefined ? {} : { [STALE_HEADER]: String(secondsSince(lost.since)) };
}
