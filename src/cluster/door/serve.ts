import { chmodSync, rmSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { nodeSocketPath } from "../node/paths.ts";
import { type Asked, type Door, ROUTES } from "./routes.ts";
import { toWire } from "./wire.ts";

/** Longer than any request is left waiting. */
const IDLE_SECONDS = 60;

/** Answers the commands of this machine, until the signal. Only root can connect. */
export async function serveCommands(engine: Engine, door: Door, signal: AbortSignal): Promise<void> {
  const path = nodeSocketPath(engine);
  // Of one that was killed: the lock says that none lives.
  rmSync(path, { force: true });
  const server = Bun.serve({
    unix: path,
    fetch: async (request, itself) => {
      itself.timeout(request, IDLE_SECONDS);
      return await answer(door, request, signal);
    },
  });
  chmodSync(path, 0o600);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await server.stop(true);
  rmSync(path, { force: true });
}

async function answer(door: Door, request: Request, stop: AbortSignal): Promise<Response> {
  try {
    const { pathname, searchParams } = new URL(request.url);
    const { handler, params } = findRoute(request.method, pathname);
    const text = await request.text();
    const signal = AbortSignal.any([stop, request.signal]);
    const asked: Asked = { params, query: searchParams, body: text === "" ? undefined : JSON.parse(text), signal };
    return Response.json((await handler(door, asked)) ?? null);
  } catch (error) {
    return Response.json(toWire(error), { status: 400 });
  }
}

function findRoute(method: string, path: string): { handler: (typeof ROUTES)[string]; params: Record<string, string> } {
  const parts = path.split("/");
  for (const [pattern, handler] of Object.entries(ROUTES)) {
    const [wanted, place = ""] = pattern.split(" ");
    const names = place.split("/");
    if (wanted !== method || names.length !== parts.length) continue;
    if (!names.every((name, index) => name.startsWith(":") || name === parts[index])) continue;
    const params = names.flatMap((name, index): [string, string][] =>
      name.startsWith(":") ? [[name.slice(1), decodeURIComponent(parts[index] ?? "")]] : [],
    );
    return { handler, params: Object.fromEntries(params) };
  }
  throw new EstibaError("unsupported", {
    reason: "cluster.other_version",
    what: `the node's process does not know ${method} ${path}: it is of another version of Estiba`,
    fix: "start it anew: systemctl restart estiba-node, or end its process (the next command starts it)",
  });
}
