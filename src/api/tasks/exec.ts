import { findExec } from "../../engine/exec-instance.ts";
import { listSessions } from "../../engine/exec-session.ts";
import { isAlive } from "../../host/process.ts";
import { hasCode } from "../../lib/has-code.ts";
import { startExec } from "../docker/exec.ts";
import type { Call, Reply } from "../http/call.ts";

/** So long a command may take to end by itself when its terminal, or its client, is gone. */
const GRACE_MS = 2_000;

/** `POST /exec/{id}/start`: as with Docker, but the command ends with its client, as it does on one's own machine. */
export async function startOwnedExec(call: Call): Promise<Reply> {
  const reply = await startExec(call);
  if (!("hijack" in reply)) return reply;
  return {
    ...reply,
    hijack: async (connection) => {
      await reply.hijack(connection);
      // Whoever has typed the detach keys is still there to be told.
      if (connection.signal.aborted) await endCommand(call);
    },
  };
}

async function endCommand({ engine, params }: Call): Promise<void> {
  const { id, containerId } = findExec(engine, params["id"] ?? "");
  const process = listSessions(engine, containerId).find((session) => session.id === id)?.process;
  if (process === undefined) return;
  for (const signal of ["SIGHUP", "SIGKILL"] as const) {
    if (!isAlive(process)) return;
    tell(process.pid, signal);
    const deadline = performance.now() + GRACE_MS;
    while (isAlive(process) && performance.now() < deadline) await Bun.sleep(20);
  }
}

// The runtime makes it the first of a session of its own: what it has begun there ends with it.
function tell(pid: number, signal: "SIGHUP" | "SIGKILL"): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
    } catch (error) {
      if (!hasCode(error, "ESRCH")) throw error;
    }
  }
}
