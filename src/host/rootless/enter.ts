import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { becomeProgram } from "../exec.ts";
import { O_CLOEXEC } from "../open-flags.ts";
import { PROGRAM_PATH } from "../program-path.ts";
import { syscall } from "../syscall.ts";
import { ensureUserRunFolder } from "./folder.ts";
import { findHolder, type HeldProcess, startHolder } from "./holder.ts";
import { addNameServer } from "./name-servers.ts";
import { NO_NETWORK_VARIABLE } from "./own-network.ts";
import { hasWayOut, openWayOut } from "./slirp.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;
const PATIENCE_MS = 30_000;
const PAUSE_MS = 5;

/** What the process is to know inside, besides the caller's environment. */
type Inside = {
  /** The caller's words, to be said again. */
  readonly words: readonly string[];
  readonly root: string;
  readonly runRoot: string;
};

/** Where the caller stood: the working folder is lost on the way into a mount namespace. `src/main.ts` reads it. */
const FOLDER_VARIABLE = "ESTIBA_ROOTLESS_CWD";

/**
 * Begins this process anew as the root of the user's own namespaces, which are made where they are missing: what the engine does as root
 * it does there, and the host gives it no more than the user has. nsenter(1) does so, since a process with several threads cannot. It stays
 * in the host's network until it has something to do in the user's. Never returns; throws `unsupported`, `denied`.
 */
export async function enterOwnNamespaces({ words, root, runRoot }: Inside): Promise<never> {
  const folder = ensureUserRunFolder(process.env);
  const { holder, obstacle } = await prepare(folder);
  const nsenter = Bun.which("nsenter", { PATH: PROGRAM_PATH });
  if (nsenter === null) {
    throw new EstibaError("unsupported", {
      reason: "rootless.no_nsenter",
      what: "nsenter, which enters namespaces, is not installed",
      fix: "install it: sudo apt-get install util-linux",
    });
  }
  const namespaces = [`--user=/proc/${holder.pid}/ns/user`, `--mount=/proc/${holder.pid}/ns/mnt`];
  return becomeProgram(
    nsenter,
    ["nsenter", "--preserve-credentials", ...namespaces, "--", process.execPath, ...words],
    {
      ...process.env,
      ESTIBA_ROOT: root,
      ESTIBA_RUNROOT: runRoot,
      [FOLDER_VARIABLE]: process.cwd(),
      [NO_NETWORK_VARIABLE]: obstacle,
    },
  );
}

type Prepared = { readonly holder: HeldProcess; readonly obstacle: string | undefined };

async function prepare(folder: string): Promise<Prepared> {
  const known = findHolder(folder);
  if (known !== undefined && hasWayOut(folder)) return { holder: known, obstacle: undefined };
  const lock = await takeLock(folder);
  try {
    // Somebody else may have been quicker.
    const found = findHolder(folder);
    const holder = found ?? (await startWithNames(folder));
    // What leads out of namespaces that have ended leads out of no others.
    if (found !== undefined && hasWayOut(folder)) return { holder, obstacle: undefined };
    return { holder, obstacle: await tryWayOut(folder, holder) };
  } finally {
    closeSync(lock);
  }
}

async function startWithNames(folder: string): Promise<HeldProcess> {
  const holder = await startHolder(folder);
  await addNameServer(folder, holder);
  return holder;
}

// Not everybody needs it: who does is told.
async function tryWayOut(folder: string, holder: HeldProcess): Promise<string | undefined> {
  try {
    await openWayOut(folder, holder);
    return undefined;
  } catch (error) {
    if (!isEstibaError(error, "unsupported")) throw error;
    return JSON.stringify({ what: error.message, fix: error.fix });
  }
}

async function takeLock(folder: string): Promise<number> {
  const fd = openSync(join(folder, "lock"), constants.O_RDWR | constants.O_CREAT | O_CLOEXEC, 0o600);
  const deadline = performance.now() + PATIENCE_MS;
  while (syscall("flock", fd, LOCK_EX | LOCK_NB) < 0) {
    if (performance.now() < deadline) {
      await Bun.sleep(PAUSE_MS);
      continue;
    }
    closeSync(fd);
    throw new EstibaError("timeout", {
      reason: "rootless.lock",
      what: `another command has been making the user's namespaces for ${PATIENCE_MS / 1000} s`,
      fix: `see who holds ${join(folder, "lock")}: fuser`,
    });
  }
  return fd;
}
