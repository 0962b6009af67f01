import { closeSync, constants, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { hasCode } from "../lib/has-code.ts";
import type { OciRuntime } from "./oci-runtime.ts";

/**
 * Lets the command of a container begin that crun has made, as `crun start` does it, without a process: its first process reads one byte
 * from the pipe `exec.fifo` in the folder of its state (crun's status.c, the same in all versions). False where that is not so, or the
 * runtime has more to do: then it has to be called.
 */
export function startByPipe({ path, stateFolder }: OciRuntime, id: string): boolean {
  if (basename(path) !== "crun") return false;
  const folder = join(stateFolder, id);
  const pipe = join(folder, "exec.fifo");
  try {
    // Hooks that run after the start are crun's to call.
    if (readFileSync(join(folder, "config.json"), "utf8").includes('"poststart"')) return false;
    // Fails where nobody reads: the first process has ended, or waits for something else.
    const fd = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      // First, as crun does: without it, the container counts as started.
      unlinkSync(pipe);
      writeSync(fd, Uint8Array.of(0));
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENXIO")) return false;
    throw error;
  }
}
