import { rmSync } from "node:fs";
import { constants } from "node:os";
import { PROGRAM_PATH } from "../host/program-path.ts";
import { type OciRuntime, runtimeArgs } from "./oci-runtime.ts";

const ENVIRONMENT = { PATH: PROGRAM_PATH };
/** Arguments: the file with the pid, the container, the signal, then the runtime's words. Before there is a pid, there is nothing to end. */
const KILL =
  'read -r pid <"$1" || [ -n "$pid" ] || exit; id=$2 signal=$3; shift 3; exec "$@" kill --pid "$pid" "$id" "$signal"';

/** How a command inside a sandbox is reached: runsc's `exec` passes no signals on, and the host knows no pid of it. */
export type SandboxSignals = Disposable & {
  /** Options of `exec`. */
  readonly words: readonly string[];
  readonly send: (signal: NodeJS.Signals) => void;
};

/** Ends the command by SIGTERM when this process is killed. Disposing it means that the command has ended. */
export function sandboxSignals(runtime: OciRuntime, id: string, pidFile: string): SandboxSignals {
  const shell = (script: string, signal: number): string[] => {
    const words = ["/bin/sh", "-c", script, "sh", pidFile, id, String(signal), runtime.path];
    return [...words, ...runtimeArgs(runtime)];
  };
  const guard = Bun.spawn({
    // It waits for the end of a pipe that only we hold open.
    cmd: shell(`read -r _ || { ${KILL}; }`, constants.signals.SIGTERM),
    detached: true,
    env: ENVIRONMENT,
    stdio: ["pipe", "ignore", "ignore"],
  });
  return {
    words: ["--internal-pid-file", pidFile],
    send: (signal) => {
      Bun.spawn({
        cmd: shell(KILL, constants.signals[signal]),
        env: ENVIRONMENT,
        stdio: ["ignore", "ignore", "ignore"],
      });
    },
    [Symbol.dispose]: () => {
      guard.kill("SIGKILL");
      rmSync(pidFile, { force: true });
    },
  };
}
