import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { readProcFile } from "../host/process.ts";
import { killTree } from "../host/process-tree.ts";
import { PROGRAM_PATH } from "../host/program-path.ts";
import { readOrEmpty } from "../host/read-if-there.ts";
import { endedInput } from "../host/stdio-owner.ts";
import { execWords, readExecLog } from "./exec-words.ts";
import { runtimeFailure } from "./failure.ts";
import type { OciRuntime } from "./oci-runtime.ts";
import { heldProgram } from "./sealed-program.ts";

type CapturedExec = {
  readonly id: string;
  /** The container's first process. */
  readonly init: number;
  /** The first word of the command, for messages. */
  readonly command: string | undefined;
  /** An OCI `process` object; files beside it are made and removed. */
  readonly processFile: string;
  readonly timeoutMs: number;
  /** Bytes of output kept; the rest is read and dropped. */
  readonly maxOutput: number;
  readonly signal: AbortSignal;
};

/** How a command went whose output was caught. */
export type Captured = { readonly exitCode: number; readonly output: string; readonly timedOut: boolean };

/** The longest time that a timer can wait. */
const LONGEST_TIMER_MS = 2_147_483_647;
/** What the command's children may still hold open when it has ended: nobody waits for them. */
const DRAIN_MS = 100;

/**
 * `exec` of the OCI runtime with stdout and stderr caught, together. What takes longer than it may, or outlives the signal, is killed with
 * all that it has started. Throws the runtime's words, typed, when the command did not begin.
 */
export async function runtimeExecCaptured(runtime: OciRuntime, exec: CapturedExec): Promise<Captured> {
  const { processFile, id } = exec;
  const [log, pidFile] = [`${processFile}.log`, `${processFile}.pid`];
  using input = endedInput();
  const program = heldProgram(runtime.path);
  try {
    const child = Bun.spawn({
      cmd: [...execWords(runtime, program, log), "--process", processFile, "--pid-file", pidFile, id],
      cwd: dirname(log),
      env: { PATH: PROGRAM_PATH },
      stdio: [input.fd, "pipe", "pipe", ...program.pass],
    });
    const end = { timedOut: false };
    const kill = (): void => {
      killCommand(pidFile, exec.init);
      child.kill("SIGKILL");
    };
    const timer = setTimeout(
      () => {
        end.timedOut = true;
        kill();
      },
      Math.min(exec.timeoutMs, LONGEST_TIMER_MS),
    );
    exec.signal.addEventListener("abort", kill, { once: true });
    const collected = collect([child.stdout, child.stderr], exec.maxOutput);
    const exitCode = await child.exited;
    clearTimeout(timer);
    exec.signal.removeEventListener("abort", kill);
    const output = await collected.settle(DRAIN_MS);
    const said = exitCode === 0 || end.timedOut ? "" : readExecLog(log);
    if (said !== "") throw runtimeFailure(said, { id, command: exec.command });
    return { exitCode, output, timedOut: end.timedOut };
  } finally {
    for (const path of [log, pidFile]) rmSync(path, { force: true });
  }
}

// A runtime that keeps processes to itself (runsc) names a pid of its own: only what is in the container's cgroup is killed.
function killCommand(pidFile: string, init: number): void {
  const pid = Number(readOrEmpty(pidFile));
  const cgroup = readProcFile(init, "cgroup");
  if (Number.isInteger(pid) && pid > 1) killTree(pid, (member) => readProcFile(member, "cgroup") === cgroup);
}

function collect(
  streams: readonly ReadableStream<Uint8Array>[],
  maxBytes: number,
): { settle: (patienceMs: number) => Promise<string> } {
  const chunks: Uint8Array[] = [];
  const kept = { bytes: 0 };
  const readers = streams.map((stream) => stream.getReader());
  const drained = Promise.all(
    readers.map(async (reader) => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const part = value.subarray(0, maxBytes - kept.bytes);
        kept.bytes += part.length;
        if (part.length > 0) chunks.push(part);
      }
    }),
  );
  return {
    settle: async (patienceMs) => {
      await Promise.race([drained, Bun.sleep(patienceMs)]);
      await Promise.all(readers.map((reader) => reader.cancel()));
      return Buffer.concat(chunks).toString("utf8");
    },
  };
}
