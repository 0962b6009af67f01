import { EstibaError } from "../../lib/error.ts";
import { type Asked, type Door, ROUTES } from "./routes.ts";

/** A request on its way: what a command asks its node, or one manager another. */
export type DoorRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
};

/** Answers a request from what this manager knows. Throws `unsupported` for what it does not know, and what the verb throws. */
export async function dispatch(door: Door, { method, path, body }: DoorRequest, signal: AbortSignal): Promise<unknown> {
  const { pathname, searchParams } = new URL(path, "http://node");
  const { handler, params } = findRoute(method, pathname);
  const asked: Asked = { params, query: searchParams, body, signal };
  return (await handler(door, asked)) ?? null;
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
