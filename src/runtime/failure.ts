import { EstibaError } from "../lib/error.ts";

/** What was being done when a runtime failed: the container, and the first word of its command where there is one. */
export type RuntimeAttempt = { readonly id: string; readonly command?: string | undefined };

const NOT_FOUND =
  /executable file [`'"]?.*not found|executable file not found|(exec|open executable|stat)[^\n]*no such file or directory/i;
// crun says "operation not permitted" of a folder.
const NOT_EXECUTABLE =
  /(exec|executable)[^\n]*(permission denied|is a directory|exec format error)|exec format error|(open executable|exec)[^\n]*operation not permitted/i;
const NO_WORKDIR =
  /(\bchdir\b|initial working directory)[^\n]*(no such file or directory|not a directory|permission denied)/i;
const PAUSED = /is paused$|in a paused container/i;

/**
 * What an OCI runtime printed, as a typed error. `runtime.command_not_found`, `runtime.no_workdir` and `runtime.command_not_executable`
 * become exit codes 127, 127 and 126, as with both peers.
 */
export function runtimeFailure(output: string, { id, command }: RuntimeAttempt): EstibaError {
  const text = lastMessage(output);
  const circumstances = { cause: new Error(`OCI runtime: ${text}`), details: { container: id } };
  if (NO_WORKDIR.test(text)) return noWorkdir(circumstances);
  if (NOT_FOUND.test(text)) return commandNotFound(command, circumstances);
  if (NOT_EXECUTABLE.test(text)) return commandNotExecutable(command, circumstances);
  if (/\bOOM\b|out of memory/i.test(text)) return memoryTooLow(circumstances);
  if (PAUSED.test(text)) return pausedMeanwhile(circumstances);
  return new EstibaError("internal", {
    reason: "runtime.failed",
    what: "the OCI runtime could not do it",
    ...circumstances,
  });
}

function memoryTooLow(circumstances: Circumstances): EstibaError {
  return new EstibaError("exhausted", {
    reason: "runtime.memory_too_low",
    what: "the memory limit is too low for the container to start",
    fix: "give it more: --memory 16m is enough for most small commands",
    ...circumstances,
  });
}

function pausedMeanwhile(circumstances: Circumstances): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.paused",
    what: "can only run commands in running containers: it was paused meanwhile",
    fix: "let it go on first: estiba unpause NAME",
    ...circumstances,
  });
}

type Circumstances = { readonly cause?: unknown; readonly details: Record<string, unknown> };

/** The error for a working folder that is not there or may not be entered: exit code 127. */
export function noWorkdir(circumstances: Circumstances): EstibaError {
  return new EstibaError("not_found", {
    reason: "runtime.no_workdir",
    what: "the working folder cannot be entered in the container",
    fix: "name one that is there with --workdir, and that the user may enter",
    ...circumstances,
  });
}

/** The error for a command that is not in the container: exit code 127. */
export function commandNotFound(command: string | undefined, circumstances: Circumstances): EstibaError {
  return new EstibaError("not_found", {
    reason: "runtime.command_not_found",
    what: `${quoted(command)} was not found in the container's PATH or root`,
    fix: "check the spelling, the image's PATH, and for a script the interpreter in its first line",
    ...circumstances,
  });
}

/** The error for what is there but is no program: exit code 126. */
export function commandNotExecutable(command: string | undefined, circumstances: Circumstances): EstibaError {
  return new EstibaError("denied", {
    reason: "runtime.command_not_executable",
    what: `${quoted(command)} cannot be executed in the container`,
    fix: "check its mode (chmod +x), that it is a program, and that it was built for this machine's architecture",
    ...circumstances,
  });
}

function quoted(command: string | undefined): string {
  return command === undefined ? "the command" : `"${command}"`;
}

// runc prints JSON or logfmt lines, crun plain text with a time in front: the last line says why.
function lastMessage(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const last = lines.findLast((line) => line !== "") ?? "no message";
  const message = /(?:"msg":\s*"|msg=")((?:[^"\\]|\\.)*)"/.exec(last)?.[1]?.replace(/\\(.)/g, "$1");
  return message ?? last.replace(/^\d{4}-\d\d-\d\dT\S+:\s*/, "").replace(/^error executing command:?\s*/, "");
}
