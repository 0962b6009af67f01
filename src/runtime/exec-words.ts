import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { hasCode } from "../lib/has-code.ts";
import { type OciRuntime, runtimeArgs } from "./oci-runtime.ts";
import type { HeldProgram } from "./sealed-program.ts";

const SETPRIV = "/usr/bin/setpriv";

/**
 * The words of the runtime's `exec`, up to its options. What the runtime itself has to say goes to the file `log`, apart from what the command
 * prints; the call's working folder must be that of the file.
 */
export function execWords(runtime: OciRuntime, program: HeldProgram, log: string): string[] {
  // By its name only: crun takes what stands before a colon for a kind of log.
  const logging = ["--log", basename(log), "--log-format", "json"];
  return [...endingWithUs(), program.path, ...runtimeArgs(runtime), ...logging, "exec"];
}

/**
 * Words before the runtime's that end it when this process is killed: it gets SIGTERM, which it passes on to the command. Without
 * util-linux's program the command would outlive us.
 */
function endingWithUs(): string[] {
  return existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "TERM", "--"] : [];
}

/** What the runtime said when the command did not begin; empty for nothing. */
export function readExecLog(log: string): string {
  try {
    return readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line.includes('"error"'))
      .join("\n");
  } catch (error) {
    // The runtime makes the file only when it has something to say.
    if (hasCode(error, "ENOENT")) return "";
    throw error;
  }
}
