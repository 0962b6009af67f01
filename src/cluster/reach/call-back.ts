import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { logDebug } from "../../lib/log.ts";
import type { Call } from "../manager/calls.ts";
import type { Credentials } from "../remote/call.ts";
import { dialManager } from "../remote/dial.ts";
import { framed, join } from "./frames.ts";

type Calling = {
  readonly credentials: () => Promise<Required<Credentials>>;
  /** Where the API of this node's tasks answers. */
  readonly tasks: () => Promise<string>;
  readonly signal: AbortSignal;
};

/** Calls a manager that has asked for it, and has what it sends answered by the API of this node's tasks. What fails shows there, by silence. */
export async function callBack(call: Call, { tasks, ...calling }: Calling): Promise<void> {
  try {
    const path = await tasks();
    join(await takenBy(call, calling), connect({ path, allowHalfOpen: true }));
  } catch (error) {
    logDebug(() => `the manager at ${call.at} was not called back: ${String(error)}`);
  }
}

/** A connection to a manager, which has taken the call. */
async function takenBy({ id, at }: Call, { credentials, signal }: Omit<Calling, "tasks">): Promise<Duplex> {
  const { socket, head } = await dialManager({
    at,
    path: `/call?id=${id}`,
    credentials: await credentials(),
    signal,
  });
  const abort = (): void => void socket.destroy();
  signal.addEventListener("abort", abort, { once: true });
  socket.on("close", () => signal.removeEventListener("abort", abort));
  if (signal.aborted) abort();
  return framed(socket, head);
}

/** A connection to the API of this node's tasks, in pieces as they travel. */
export function ownTasks(socket: Socket, tasks: string): void {
  join(framed(socket), connect({ path: tasks, allowHalfOpen: true }));
}
