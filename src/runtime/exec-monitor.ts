import { join } from "node:path";
import { type Conmon, startConmon } from "./conmon.ts";

type ExecMonitorOptions = {
  /** The container. */
  readonly id: string;
  readonly session: string;
  /** The session's folder: conmon puts its socket, control fifo and pid files here, and the exit file into `exit`. */
  readonly folder: string;
  /** An OCI `process` object. */
  readonly processFile: string;
  readonly runtime: string;
  /** Where conmon is looked for first. */
  readonly conmonPlaces: readonly string[];
  /** The words before its own. */
  readonly conmonPrefix: readonly string[];
  readonly runtimeArgs: readonly string[];
  readonly tty: boolean;
  readonly interactive: boolean;
  readonly attach: boolean;
  /** Descriptors of ours that the command gets, from 3 on. */
  readonly pass: readonly number[];
  readonly exitCommand: readonly string[];
  readonly exitDelay: number;
};

/** The folder below a session's where conmon writes its exit file, named as the container. */
export function execExitFolder(folder: string): string {
  return join(folder, "exit");
}

/** Starts the conmon of an exec session, which waits to be let go. The folder is there. */
export function spawnExecMonitor(options: ExecMonitorOptions): Conmon {
  const { id, session, folder, pass, attach } = options;
  const [exitProgram = "", ...exitArgs] = options.exitCommand;
  const words = [
    ["--api-version", "1", "-c", id, "-u", session, "-r", options.runtime, "-b", folder],
    ["-p", join(folder, "pidfile"), "-n", session, "--exit-dir", execExitFolder(folder), "--full-attach"],
    ["-l", "none", "--log-level", "warning"],
    options.runtimeArgs.map((argument) => `--runtime-arg=${argument}`),
    pass.length === 0 ? [] : ["--runtime-opt", "--preserve-fds", "--runtime-opt", String(pass.length)],
    options.tty ? ["-t"] : [],
    options.interactive ? ["-i"] : [],
    ["-e", ...(attach ? ["--exec-attach"] : []), "--exec-process-spec", options.processFile],
    options.exitDelay === 0 ? [] : ["--exit-delay", String(options.exitDelay)],
    ["--exit-command", exitProgram, ...exitArgs.flatMap((argument) => ["--exit-command-arg", argument])],
  ].flat();
  return startConmon({
    prefix: options.conmonPrefix,
    words,
    places: options.conmonPlaces,
    cwd: folder,
    passthrough: false,
    attach,
    pass,
    keep: [],
  });
}
