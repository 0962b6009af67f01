import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { runningContainer } from "../../engine/exec.ts";
import { execProcess } from "../../engine/exec-process.ts";
import { runtimeStateFolder } from "../../engine/runtime-places.ts";
import { describeError, EstibaError, isEstibaError } from "../../lib/error.ts";
import { runtimeExecCaptured } from "../../runtime/exec-captured.ts";
import { printSpec } from "../../runtime/spec-resources.ts";
import type { Hook } from "../service.ts";
import { variablesOf } from "../spec/process.ts";

/** A hook has no limit of time of its own; this is the longest a timer can wait. */
const PATIENCE_MS = 2_147_483_647;
/** So much of its output is kept for the message. */
const KEPT_BYTES = 65_536;
const SHOWN_LINES = 10;
/** What a shell gives for a command that could not begin. */
const NOT_RUN: Readonly<Record<string, number>> = {
  "runtime.command_not_executable": 126,
  "runtime.command_not_found": 127,
};

/** Runs a hook in a running container. Throws `wrong_state` with the last lines of its output where it fails. */
export async function runHook(
  engine: Engine,
  id: string,
  hook: Hook,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<string> {
  const file = join(engine.paths.bundles, id, `hook-${crypto.randomUUID()}.json`);
  try {
    const { record, state, runtime } = runningContainer(engine, id);
    const process = execProcess(engine, record, state, {
      args: hook.command ?? [],
      env: variablesOf(hook.environment).env,
      user: hook.user,
      workdir: hook.working_dir,
      tty: false,
      privileged: hook.privileged ?? false,
    });
    writeFileSync(file, printSpec(process), { mode: 0o600 });
    const { exitCode, output } = await runtimeExecCaptured(
      { path: runtime, stateFolder: runtimeStateFolder(engine) },
      {
        id,
        init: state.init?.pid ?? 0,
        command: hook.command?.[0],
        processFile: file,
        timeoutMs: PATIENCE_MS,
        maxOutput: KEPT_BYTES,
        signal,
      },
    );
    if (exitCode !== 0) throw hookFailed(name, exitCode, output);
    return output;
  } catch (error) {
    const code = isEstibaError(error) ? NOT_RUN[error.reason] : undefined;
    throw code === undefined ? error : hookFailed(name, code, describeError(error));
  } finally {
    rmSync(file, { force: true });
  }
}

function hookFailed(name: string, code: number, output: string): EstibaError {
  const lines = output.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
  return new EstibaError("wrong_state", {
    reason: "compose.hook_failed",
    what: `${name} hook exited with status ${code}${lines === "" ? "" : `: ${lines}`}`,
  });
}
