import { describeError, type ErrorCode, EstibaError, splitCleanup } from "../lib/error.ts";

/** Exit codes of commands that are not a container's own (Docker's and Podman's: 125 is the engine's). */
const EXIT_CODES = {
  invalid: 125,
  not_found: 125,
  conflict: 125,
  wrong_state: 125,
  in_use: 125,
  denied: 125,
  unauthenticated: 125,
  unavailable: 125,
  timeout: 125,
  cancelled: 130,
  unsupported: 125,
  exhausted: 125,
  corrupt: 125,
  internal: 125,
} as const satisfies Record<ErrorCode, number>;

/** The process's exit code for an error: 126 for a command that cannot be executed, 127 for one (or a working folder) that is not there, that of a command that ended a build, else by the error's code. */
export function exitCodeOf(thrown: unknown): number {
  const error = splitCleanup(thrown).cause;
  if (!(error instanceof EstibaError)) return 125;
  if (error.reason === "runtime.command_not_found" || error.reason === "runtime.no_workdir") return 127;
  if (error.reason === "runtime.command_not_executable") return 126;
  if (error.reason === "build.command_failed") return Number(error.details["exitCode"]);
  return EXIT_CODES[error.code];
}

/** The exit code of `rm` as Podman has it: 1 when a container does not exist, else 2 when one runs, else that of the error. */
export function removalExitCode(failures: readonly unknown[]): number {
  return Math.min(...failures.map(removalCodeOf));
}

function removalCodeOf(thrown: unknown): number {
  const error = splitCleanup(thrown).cause;
  const reason = error instanceof EstibaError ? error.reason : "";
  if (reason === "container.unknown") return 1;
  return reason === "container.running" || reason === "container.paused" ? 2 : exitCodeOf(error);
}

/** What a person reads of an error: `Error: what: cause`, the remedy below it, and what could not be undone. */
export function formatError(thrown: unknown): string {
  const { cause: error, cleanup } = splitCleanup(thrown);
  const lines = [`Error: ${describeError(error)}`];
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    if (current instanceof EstibaError && current.fix !== undefined) {
      lines.push(`  ${current.fix}`);
      break;
    }
  }
  for (const failure of cleanup) lines.push(`  and cleaning up failed: ${describeError(failure)}`);
  if (!(error instanceof EstibaError) && error instanceof Error && process.env["ESTIBA_DEBUG"] !== undefined) {
    lines.push(String(error.stack));
  }
  return `${lines.join("\n")}\n`;
}
