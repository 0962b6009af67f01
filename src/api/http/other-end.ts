import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { isHungUp } from "../../host/hung-up.ts";
import { holdsUnread } from "../../host/socket.ts";

/** How long a client may take to read what was written, and how often it is looked whether it has. */
const READING_MS = 1_000;
const READING_LOOK_MS = 1;

/**
 * Whether the client has closed the connection. Bun tells of one that has ended its side, but not when it closes the other one, too: the
 * descriptor is gone then, or hangs up.
 */
export function isGone(socket: Socket): boolean {
  // The end of TLS itself is told.
  if (socket instanceof TLSSocket) return socket.destroyed;
  const fd = descriptorOf(socket);
  return fd === undefined || isHungUp(fd);
}

function isUnread(socket: Socket): boolean {
  if (socket.writableLength > 0) return true;
  const fd = descriptorOf(socket);
  return fd !== undefined && holdsUnread(fd);
}

/** Undefined where it is closed, and for TLS, whose descriptor is not known. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = (socket as { _handle?: unknown })._handle;
  const fd = typeof handle === "object" && handle !== null && "fd" in handle ? handle.fd : undefined;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}

/** Resolves when the client has read what was written so far, as far as the kernel knows, or has gone, or has not read it for a second. */
export async function taken(socket: Socket, gone: AbortSignal): Promise<void> {
  const until = performance.now() + READING_MS;
  while (!gone.aborted && isUnread(socket) && performance.now() < until) await Bun.sleep(READING_LOOK_MS);
}
