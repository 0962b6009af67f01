import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { isAlive, readProcFile, startTicksOf } from "../process.ts";
import { PROGRAM_PATH } from "../program-path.ts";

/** A process that is known by its pid and start time. */
export type HeldProcess = { readonly pid: number; readonly startTicks: number };

const PATIENCE_MS = 10_000;
const PAUSE_MS = 1;

/** The process that keeps a user's namespaces; undefined where none runs. */
export function findHolder(folder: string): HeldProcess | undefined {
  return readProcess(join(folder, "namespaces"));
}

/** The process that a file names; undefined where it has ended, or never was. */
export function readProcess(file: string): HeldProcess | undefined {
  try {
    const [pid = 0, startTicks = 0] = readFileSync(file, "utf8").split(" ").map(Number);
    return isAlive({ pid, startTicks }) ? { pid, startTicks } : undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Notes down a process that has just been started; undefined when it has ended already. */
export function noteProcess(file: string, pid: number): HeldProcess | undefined {
  const startTicks = startTicksOf(pid);
  if (startTicks === undefined) return undefined;
  writeFileSync(`${file}.new`, `${pid} ${startTicks}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return { pid, startTicks };
}

/**
 * Starts the process that keeps a user, a mount and a network namespace: its root is the caller, its other ids are those that
 * /etc/subuid and /etc/subgid grant. It does nothing, and ends with the user's session or the host. The caller holds the user's lock.
 * Throws `unsupported` with what is missing.
 */
export async function startHolder(folder: string): Promise<HeldProcess> {
  const log = join(folder, "namespaces.log");
  const errors = openSync(log, "w", 0o600);
  try {
    const child = Bun.spawn({
      cmd: [
        "unshare",
        "--user",
        "--map-root-user",
        "--map-auto",
        "--mount",
        "--propagation",
        "slave",
        "--net",
        "sleep",
        "infinity",
      ],
      cwd: "/",
      env: { PATH: PROGRAM_PATH, LC_ALL: "C.UTF-8" },
      // Neither Ctrl-C nor the end of the terminal is meant for it.
      detached: true,
      stdio: ["ignore", "ignore", errors],
    });
    child.unref();
    const deadline = performance.now() + PATIENCE_MS;
    while (child.exitCode === null && performance.now() < deadline) {
      // It becomes `sleep` once its ids are mapped.
      if (readProcFile(child.pid, "comm").trim() !== "sleep") await Bun.sleep(PAUSE_MS);
      else {
        const held = noteProcess(join(folder, "namespaces"), child.pid);
        if (held !== undefined) return held;
      }
    }
    child.kill("SIGKILL");
    throw refused(readFileSync(log, "utf8").trim());
  } finally {
    closeSync(errors);
    rmSync(log, { force: true });
  }
}

function refused(words: string): EstibaError {
  const user = process.env["USER"] ?? "USER";
  const known: readonly (readonly [RegExp, string])[] = [
    [/newuidmap|newgidmap/, "install what maps ids: sudo apt-get install uidmap"],
    [
      /subuid|subgid|no line matching/,
      `grant ids: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}`,
    ],
    [
      /unshare failed/,
      "allow user namespaces: sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000",
    ],
  ];
  return new EstibaError("unsupported", {
    reason: "rootless.no_namespaces",
    what: `the user's own namespaces cannot be made: ${words === "" ? "unshare does not say why" : words}`,
    fix: known.find(([pattern]) => pattern.test(words))?.[1] ?? "see: estiba doctor; or run as root: sudo estiba",
  });
}
