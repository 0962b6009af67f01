import type { Socket } from "node:net";
import { connectToPort } from "../../engine/container-port.ts";
import { pour } from "../../lib/pour.ts";
import { namedContainer } from "../docker/container/find.ts";
import { badRequest } from "../http/api-error.ts";
import type { Call, Hijacked, Reply } from "../http/call.ts";
import { RAW_STREAM } from "../http/frames.ts";

/** `POST /containers/{id}/port/{port}`: the connection becomes one to a TCP port within the container. */
export async function connectPort(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  const port = Number(call.params["port"]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw badRequest("the port must be a number up to 65535");
  const socket = await connectToPort(call.engine, id, port);
  return { type: RAW_STREAM, hijack: async (connection) => await joinSocket(connection, socket) };
}

/** Until the server within has ended, or the client is gone. */
async function joinSocket({ input, write, signal }: Hijacked, socket: Socket): Promise<void> {
  const abort = (): void => void socket.destroy();
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    // What is still to be sent when the server within has ended goes nowhere.
    pour(socket, input).catch(abort);
    for await (const bytes of socket as AsyncIterable<Buffer>) if (!(await write(bytes))) break;
  } finally {
    signal.removeEventListener("abort", abort);
    socket.destroy();
  }
}
