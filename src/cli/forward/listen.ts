import { createServer, type Server, type Socket } from "node:net";
import { describeError, EstibaError, isEstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { badOption } from "../container/bad-option.ts";
import type { Cli } from "../context.ts";
import { catchInterrupt, interrupted } from "../image/interrupt.ts";

export const FORWARD_OPTIONS = {
  address: { kind: "string", value: "IP", help: "Where to listen on this machine (default 127.0.0.1)" },
} as const;

/** Joins a client that has come to a port within the container. Throws `unavailable` where nobody listens there. */
export type Reach = (client: Socket, port: number) => Promise<void>;

type Asked = { readonly address: string | undefined; readonly ports: readonly string[] };

/**
 * Listens at the local ports and leads who comes to those of the container, until Ctrl-C, whose exit code it resolves to. Throws what a client
 * could not be led for, unless only nobody listens there.
 */
export async function forwardPorts(
  cli: Pick<Cli, "out" | "warn">,
  { address, ports }: Asked,
  reach: Reach,
): Promise<number> {
  using interrupt = catchInterrupt();
  const over = Promise.withResolvers<never>();
  // It may be over before all listen; who waits for it below is told.
  over.promise.catch(() => undefined);
  interrupt.signal.addEventListener("abort", () => over.reject(interrupted()), { once: true });
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const lead = async (client: Socket, port: number): Promise<void> => {
    sockets.add(client);
    client.on("close", () => sockets.delete(client));
    // A client that has gone is closed by that, and nobody is left to tell.
    client.on("error", () => undefined);
    try {
      await reach(client, port);
    } catch (error) {
      client.destroy();
      if (!isEstibaError(error) || error.reason !== "container.port_refused") over.reject(error);
      else cli.warn(describeError(error));
    }
  };
  try {
    for (const { local, within } of ports.map(parsePorts)) {
      const host = address ?? "127.0.0.1";
      const server = createServer({ allowHalfOpen: true }, (client) => void lead(client, within));
      servers.push(server);
      const bound = await listenAt(server, host, local);
      cli.out(`Forwarding from ${host.includes(":") ? `[${host}]` : host}:${bound} -> ${within}\n`);
    }
    return await over.promise;
  } finally {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  }
}

/** `80`, `8080:80` or `:80`. Throws `invalid`. */
function parsePorts(text: string): { local: number; within: number } {
  const [, local, within = ""] = /^(?:(\d{0,5}):)?(\d{1,5})$/.exec(text) ?? [];
  const [from, to] = [Number(local ?? within), Number(within)];
  if (to >= 1 && to <= 65_535 && from <= 65_535) return { local: from, within: to };
  throw badOption("PORT", text, "[LOCAL:]PORT, such as 8080:80");
}

async function listenAt(server: Server, host: string, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    if (!hasCode(error, "EADDRINUSE", "EADDRNOTAVAIL", "EACCES", "EINVAL")) throw error;
    throw new EstibaError("in_use", {
      reason: "cli.cannot_listen",
      what: `cannot listen at ${host}:${port}`,
      cause: error,
      fix: "choose another port of this machine: LOCAL:PORT, or :PORT for any that is free",
    });
  }
  const at = server.address();
  return typeof at === "object" && at !== null ? at.port : port;
}
