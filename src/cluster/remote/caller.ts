import type { Socket } from "node:net";
import { EstibaError } from "../../lib/error.ts";
import type { Door } from "../door/routes.ts";
import type { Liveness } from "../manager/liveness.ts";
import type { Role } from "../model/node.ts";
import type { NodeCall } from "./node-routes.ts";

/** No request of a node is longer. */
export const MAX_BODY_BYTES: number = 8 << 20;

/** What answers nodes. */
export type Serving = { readonly door: Door; readonly liveness: Liveness };

/** Whom a connection's certificate names. */
export type Caller = { readonly name: string; readonly role: Role };

type Asking = { readonly socket: Socket; readonly body: unknown; readonly signal: AbortSignal };

/** What somebody asks; without a certificate, nobody. */
export function callOf({ door, liveness }: Serving, caller: Caller | undefined, asking: Asking): NodeCall {
  const { socket, body, signal } = asking;
  return {
    door,
    liveness,
    manager: door.manager,
    nodeId: caller?.name ?? "",
    role: caller?.role ?? "worker",
    address: socket.remoteAddress?.replace(/^::ffff:/, "") ?? "",
    body,
    signal,
  };
}

export function tooLong(): EstibaError {
  return new EstibaError("invalid", { reason: "cluster.too_long", what: "the request is too long" });
}
