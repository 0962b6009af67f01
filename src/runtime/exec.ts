import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { keepFileFlags } from "../host/file-flags.ts";
import { PROGRAM_PATH } from "../host/program-path.ts";
import { endedInput } from "../host/stdio-owner.ts";
import { execWords, readExecLog } from "./exec-words.ts";
import { runtimeFailure } from "./failure.ts";
import { isSandbox, type OciRuntime } from "./oci-runtime.ts";
import { sandboxSignals } from "./sandbox-signals.ts";
import { heldProgram } from "./sealed-program.ts";

/** `inherit`: this process's own stdin, stdout and stderr; `no-input`: likewise without stdin. */
export type ExecStdio = "inherit" | "no-input";

/** Is told how to send the command a signal, for as long as it runs. */
export type SignalSource = (send: (signal: NodeJS.Signals) => void) => Disposable;

type RuntimeExec = {
  readonly id: string;
  /** The first word of the command, for messages. */
  readonly command: string | undefined;
  /** An OCI `process` object. */
  readonly processFile: string;
  readonly stdio: ExecStdio;
  /** It has a terminal: then signals come by that, not from us. */
  readonly tty: boolean;
  readonly signals?: SignalSource | undefined;
  /** Descriptors of ours that the command gets too, from 3 on. */
  readonly pass?: readonly number[] | undefined;
};

/**
 * `exec` of the OCI runtime, with our own stdio handed straight to the command: no copying in between. Resolves to the command's exit code.
 * Throws the runtime's words, typed, when the command did not begin.
 */
export async function runtimeExec(
  runtime: OciRuntime,
  { id, command, processFile, stdio, tty, signals, pass = [] }: RuntimeExec,
): Promise<number> {
  const log = `${processFile}.log`;
  using _flags = keepFileFlags([0, 1, 2]);
  using input = stdio === "inherit" ? undefined : endedInput();
  using sandbox = isSandbox(runtime.path) ? sandboxSignals(runtime, id, `${processFile}.pid`) : undefined;
  const program = heldProgram(runtime.path, pass.length);
  try {
    const child = Bun.spawn({
      cmd: [
        ...execWords(runtime, program, log),
        ...(sandbox?.words ?? []),
        ...(pass.length === 0 ? [] : ["--preserve-fds", String(pass.length)]),
        "--process",
        processFile,
        id,
      ],
      cwd: dirname(log),
      // Out of the terminal's reach: Ctrl-C comes to us, and goes on to the command once.
      detached: !tty,
      env: { PATH: PROGRAM_PATH },
      stdio: [input?.fd ?? "inherit", "inherit", "inherit", ...pass, ...program.pass],
    });
    using _signals = signals?.(sandbox?.send ?? ((signal) => child.kill(signal)));
    const code = await child.exited;
    const said = code === 0 ? "" : readExecLog(log);
    if (said !== "") throw runtimeFailure(said, { id, command });
    return code;
  } finally {
    rmSync(log, { force: true });
  }
}
