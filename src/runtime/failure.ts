import { readFileSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";

/** What was being run when the runtime failed, for the message. */
type FailedRun = {
  readonly id: string;
  /** The command's first word, where it is known. */
  readonly command?: string | undefined;
};

const NOT_FOUND =
  /executable file [`'"]?.*not found|executable file not found|(exec|open executable|stat)[^\n]*no such file or directory/i;
// crun says "operation not permitted" of a folder.
const NOT_EXECUTABLE =
  /(exec|executable)[^\n]*(permission denied|is a directory|exec format error)|exec format error|(open executable|exec)[^\n]*operation not permitted/i;
const NO_WORKDIR = /\bchdir\b[^\n]*(no such file or directory|not a directory|permission denied)/i;

/**
 * What an OCI runtime printed, as a typed error. `runtime.command_not_found`, `runtime.no_workdir` and `runtime.command_not_executable`
 * become exit codes 127, 127 and 126, as with both peers.
 */
export function runtimeFailure(output: string, { id, command }: FailedRun): EstibaError {
  const text = lastMessage(output);
  const quoted = command === undefined ? "the command" : `"${command}"`;
  const cause = new Error(`OCI runtime: ${text}`);
  const details = { container: id };
  if (NO_WORKDIR.test(text)) {
    return new EstibaError("not_found", {
      reason: "runtime.no_workdir",
      what: "the working folder cannot be entered in the container",
      cause,
      fix: "name one that is there with --workdir, and that the user may enter",
      details,
    });
  }
  if (NOT_FOUND.test(text)) {
    return new EstibaError("not_found", {
      reason: "runtime.command_not_found",
      what: `${quoted} was not found in the container's PATH or root`,
      cause,
      fix: "check the spelling, the image's PATH, and for a script the interpreter in its first line",
      details,
    });
  }
  if (NOT_EXECUTABLE.test(text)) {
    return new EstibaError("denied", {
      reason: "runtime.command_not_executable",
      what: `${quoted} cannot be executed in the container`,
      cause,
      fix: "check its mode (chmod +x), that it is a program, and that it was built for this machine's architecture",
      details,
    });
  }
  return new EstibaError("internal", {
    reason: "runtime.failed",
    what: "the OCI runtime could not do it",
    cause,
    details,
  });
}

/** The first word of the `process.args` in a runtime spec, or of `args` in a process file; undefined where there is none to read. */
export function commandOf(file: string): string | undefined {
  const { process, args } = JSON.parse(readFileSync(file, "utf8")) as {
    process?: { args?: string[] };
    args?: string[];
  };
  return (process?.args ?? args)?.[0];
}

// runc prints JSON or logfmt lines, crun plain text with a time in front: the last line says why.
function lastMessage(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const last = lines.findLast((line) => line !== "") ?? "no message";
  const message = /(?:"msg":\s*"|msg=")((?:[^"\\]|\\.)*)"/.exec(last)?.[1]?.replace(/\\(.)/g, "$1");
  return message ?? last.replace(/^\d{4}-\d\d-\d\dT\S+:\s*/, "").replace(/^error executing command:?\s*/, "");
}
