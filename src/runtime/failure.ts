import { EstibaError } from "../lib/error.ts";

/**
 * What an OCI runtime printed, as a typed error. `runtime.command_not_found` and `runtime.command_not_executable` become exit codes 127
 * and 126, as with both peers.
 */
export function runtimeFailure(output: string, id: string): EstibaError {
  const text = lastMessage(output);
  const command = /(?:exec|executable file|open executable|stat)[:\s`'"]+([^`'":\s]+)/.exec(text)?.[1];
  const quoted = command === undefined ? "the command" : `"${command}"`;
  const cause = new Error(`OCI runtime: ${text}`);
  if (
    /executable file [`'"]?.*not found|executable file not found|(exec|open executable|stat)[^\n]*no such file or directory/i.test(
      text,
    )
  ) {
    return new EstibaError("not_found", {
      reason: "runtime.command_not_found",
      what: `${quoted} was not found in the container's PATH or root`,
      cause,
      fix: "check the spelling, the image's PATH, and for a script the interpreter in its first line",
      details: { container: id },
    });
  }
  if (
    /(exec|executable)[^\n]*(permission denied|is a directory|exec format error)|exec format error|operation not permitted.*exec/i.test(
      text,
    )
  ) {
    return new EstibaError("denied", {
      reason: "runtime.command_not_executable",
      what: `${quoted} cannot be executed in the container`,
      cause,
      fix: "check its mode (chmod +x), that it is a program, and that it was built for this machine's architecture",
      details: { container: id },
    });
  }
  return new EstibaError("internal", {
    reason: "runtime.failed",
    what: "the OCI runtime could not do it",
    cause,
    details: { container: id },
  });
}

// runc prints JSON or logfmt lines, crun plain text with a time in front: the last line says why.
function lastMessage(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const last = lines.findLast((line) => line !== "") ?? "no message";
  const message = /(?:"msg":"|msg=")((?:[^"\\]|\\.)*)"/.exec(last)?.[1]?.replaceAll('\\"', '"');
  return message ?? last.replace(/^\d{4}-\d\d-\d\dT\S+:\s*/, "").replace(/^error executing command:?\s*/, "");
}
