import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname } from "node:path";
import { hasCode } from "../lib/has-code.ts";
import { runtimeFailure } from "./failure.ts";
import { type OciRuntime, runtimeArgs } from "./oci-runtime.ts";

/** `inherit`: this process's own stdin, stdout and stderr; `no-input`: likewise without stdin. */
export type ExecStdio = "inherit" | "no-input";

/** Is told how to send the command a signal, for as long as it runs. */
export type SignalSource = (send: (signal: NodeJS.Signals) => void) => Disposable;

const SETPRIV = "/usr/bin/setpriv";

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
  // What the runtime itself has to say goes to a file, apart from what the command prints.
  const log = `${processFile}.log`;
  try {
    const child = Bun.spawn({
      cmd: [
        ...endingWithUs(),
        runtime.path,
        ...runtimeArgs(runtime),
        "--log",
        // By its name only: crun takes what stands before a colon for a kind of log.
        basename(log),
        "--log-format",
        "json",
        "exec",
        ...(pass.length === 0 ? [] : ["--preserve-fds", String(pass.length)]),
        "--process",
        processFile,
        id,
      ],
      cwd: dirname(log),
      // Out of the terminal's reach: Ctrl-C comes to us, and goes on to the command once.
      detached: !tty,
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: [stdio === "inherit" ? "inherit" : "ignore", "inherit", "inherit", ...pass],
    });
    using _signals = signals?.((signal) => child.kill(signal));
    const code = await child.exited;
    const said = code === 0 ? "" : readLog(log);
    if (said !== "") throw runtimeFailure(said, { id, command });
    return code;
  } finally {
    rmSync(log, { force: true });
  }
}

/**
 * Words before the runtime's that end it when this process is killed: it gets SIGTERM, which it passes on to the command. Without
 * util-linux's program the command would outlive us.
 */
function endingWithUs(): string[] {
  return existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "TERM", "--"] : [];
}

function readLog(path: string): string {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.includes('"error"'))
      .join("\n");
  } catch (error) {
    // The runtime makes the file only when it has something to say.
    if (hasCode(error, "ENOENT")) return "";
    throw error;
  }
}
