import { readFileSync } from "node:fs";
import { isAlive, sendSignal } from "../host/process.ts";
import { PROGRAM_PATH } from "../host/program-path.ts";
import { hasCode } from "../lib/has-code.ts";
import type { ProcessId } from "../state/container.ts";
import type { Engine } from "./engine.ts";

const SIGTERM = 15;
const SIGKILL = 9;
const FAREWELL_MS = 10_000;

/** Starts a process of ours that outlives the command: the binary with these words, and the options that name the engine's roots. */
export function startHelper(engine: Engine, words: readonly string[]): void {
  const child = Bun.spawn({
    cmd: [...engine.selfCommand, ...words],
    cwd: "/",
    // A session of its own, no descriptor and nothing of the environment of the caller's but what names programs.
    detached: true,
    env: helperEnvironment(),
    stdio: ["ignore", "ignore", "ignore"],
  });
  child.unref();
}

/** The process that a helper has written down in a file, alive or not; undefined when none has. */
export function readProcessFile(path: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ProcessId;
  } catch (error) {
    if (hasCode(error, "ENOENT") || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Ends a helper, which may finish what it has begun. */
export async function endHelper(helper: ProcessId): Promise<void> {
  if (!isAlive(helper)) return;
  sendSignal(helper.pid, SIGTERM);
  const deadline = performance.now() + FAREWELL_MS;
  while (isAlive(helper)) {
    if (performance.now() > deadline) sendSignal(helper.pid, SIGKILL);
    await Bun.sleep(5);
  }
}

function helperEnvironment(): Record<string, string> {
  const kept = ["ESTIBA_CONMON", "XDG_RUNTIME_DIR", "HOME"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { PATH: PROGRAM_PATH, ...Object.fromEntries(kept) };
}
