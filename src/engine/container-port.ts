import { closeSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { closeSocket, connectSocket, openSocket, setNonBlocking } from "../host/socket.ts";
import { EstibaError } from "../lib/error.ts";
import { findContainer } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { isRunning, observe } from "./status.ts";

const PATIENCE_MS = 3_000;
const LOOK_MS = 5;
const LOOPBACK = [
  [4, new Uint8Array([127, 0, 0, 1])],
  [6, new Uint8Array([...Array.from({ length: 15 }, () => 0), 1])],
] as const;

/**
 * A connection to a TCP port of a running container, as from a process within it: also where nothing of it is published. The caller ends it.
 * Throws `not_found`, `wrong_state`, and `unavailable` when nobody listens there.
 */
export async function connectToPort(engine: Engine, nameOrId: string, port: number): Promise<Socket> {
  const record = findContainer(engine.store, nameOrId);
  const { status, state } = observe(engine, record);
  if (state?.init === undefined || !isRunning({ status })) throw notRunning(record.name, status);
  const { pid } = state.init;
  for (const [family, address] of LOOPBACK) {
    const netns = openSync(`/proc/${pid}/ns/net`, "r");
    let fd: number;
    try {
      fd = openSocket(family, "tcp", netns);
    } finally {
      closeSync(netns);
    }
    if (fd < 0) continue;
    setNonBlocking(fd);
    // The types know no descriptor; the socket takes it over, and closes it.
    if (await isConnected(fd, address, port)) return new Socket({ allowHalfOpen: true }).connect({ fd } as never);
    closeSocket(fd);
  }
  throw new EstibaError("unavailable", {
    reason: "container.port_refused",
    what: `nothing listens at port ${port} in container "${record.name}": connection refused`,
    fix: `see: estiba exec ${record.name} netstat -ltn`,
    retryable: true,
  });
}

function notRunning(name: string, status: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.not_running",
    what: `only running containers have ports: "${name}" is ${status}`,
    fix: `start it first: estiba start ${name}`,
  });
}

async function isConnected(fd: number, address: Uint8Array, port: number): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const how = connectSocket(fd, address, port);
    if (how !== "connecting" || performance.now() > deadline) return how === "connected";
    await Bun.sleep(LOOK_MS);
  }
}
