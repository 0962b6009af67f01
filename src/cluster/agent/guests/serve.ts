import type { Engine } from "../../../engine/engine.ts";
import { type GuestRequests, guestSocketPath } from "../../../engine/network/own-cluster.ts";
import { EstibaError } from "../../../lib/error.ts";
import { toWire } from "../../../lib/wire-error.ts";
import { serveSocket } from "../../node/serve-socket.ts";
import type { Guests } from "./guests.ts";

/** Answers what containers of this machine ask that are no tasks, until the signal. Only root can connect. */
export async function serveGuests(engine: Engine, guests: Guests, signal: AbortSignal): Promise<void> {
  const path = guestSocketPath(engine);
  await serveSocket({ path, answer: async (request) => await answer(guests, request) }, signal);
}

async function answer({ answers }: Guests, request: Request): Promise<Response> {
  try {
    const what = new URL(request.url).pathname.slice(1);
    const handler = isKnown(what) ? answers[what] : undefined;
    if (handler === undefined) throw otherVersion(what);
    return Response.json(await handler((await request.json()) as never));
  } catch (error) {
    return Response.json(toWire(error), { status: 400 });
  }
}

function isKnown(what: string): what is keyof GuestRequests {
  return what === "introduce" || what === "admit" || what === "ready";
}

function otherVersion(what: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "cluster.other_version",
    what: `the node's process does not know ${what}: it is of another version of Estiba`,
    fix: "start it anew: systemctl restart estiba-node, or end its process (the next command starts it)",
  });
}
