import type { AttachedStream } from "../../client/api-client.ts";
import { describeError, isEstibaError } from "../../lib/error.ts";
import { isLogged, writeLog } from "../../lib/log.ts";
import type { TerminalSize } from "../../runtime/attach.ts";
import { joinStdio } from "../container/attach-io.ts";
import { containerPath } from "./select.ts";
import type { Remote } from "./verb.ts";

type Joining = {
  readonly stream: AttachedStream;
  readonly tty: boolean;
  readonly interactive: boolean;
  readonly sigProxy?: boolean;
  readonly detachKeys?: string | undefined;
  readonly received?: readonly NodeJS.Signals[];
  readonly shown?: { readonly stdout: boolean; readonly stderr: boolean };
  /** Where the size of the terminal is told: of a container, or of a command in one. */
  readonly resizePath: string;
  readonly passSignal: (signal: NodeJS.Signals) => void;
};

/** Joins this process's stdio to a stream, until its output ends or the detach keys are typed. */
export async function joinStream({ client }: Remote, joining: Joining): Promise<"ended" | "detached"> {
  const { stream, resizePath, ...how } = joining;
  const resize = async ({ rows, columns }: TerminalSize): Promise<void> => {
    try {
      await client.act("POST", resizePath, { query: { h: rows, w: columns } });
    } catch {
      // It has ended, or has not begun: the size is told again then, or nobody needs it.
    }
  };
  try {
    return await joinStdio({
      ...how,
      attachment: { output: () => stream.output, send: stream.send, endInput: stream.endInput },
      terminal: {
        resize: (size) => void resize(size),
        // A change of size makes what runs there draw itself anew.
        redraw: async (size) => {
          const now = size();
          await resize({ ...now, rows: now.rows + 1 });
          await resize(now);
        },
      },
    });
  } finally {
    stream.destroy();
  }
}

/** Passes a signal on to a container. */
export function signaller({ client }: Remote, id: string): (signal: NodeJS.Signals) => void {
  return (signal) => {
    client.act("POST", containerPath(id, "kill"), { query: { signal } }).catch((error: unknown) => {
      // One that has ended by now needs none.
      if (isEstibaError(error, "conflict", "not_found", "wrong_state")) return;
      if (isLogged("warn")) writeLog("warn", `${signal} did not reach the container: ${describeError(error)}`);
    });
  };
}

/** The end of a container's run, asked for before it begins: resolves to its exit code. */
export async function beginWait(
  { client }: Remote,
  id: string,
  condition: "next-exit" | "removed" | "not-running",
): Promise<{ readonly code: Promise<number> }> {
  const { body } = await client.request("POST", containerPath(id, "wait"), { query: { condition } });
  const read = async (): Promise<number> => {
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece);
    const { StatusCode } = JSON.parse(Buffer.concat(pieces).toString("utf8")) as { StatusCode: number };
    return StatusCode;
  };
  const code = read();
  // Awaited later; until then a failure is no unhandled one.
  code.catch(() => undefined);
  return { code };
}
