import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { readFd } from "../fd-io.ts";
import { makePipe } from "../pipe.ts";
import { sendSignal } from "../process.ts";
import { PROGRAM_PATH } from "../program-path.ts";
import { type HeldProcess, noteProcess, readProcess } from "./holder.ts";

const SIGTERM = 15;

/** The address of the network namespace towards the host, slirp4netns's default. */
export const GUEST_ADDRESS = "10.0.2.100";

/** Where slirp4netns answers name queries by the host's name servers. */
export const SLIRP_NAME_SERVER = "10.0.2.3";

/** The socket on which slirp4netns takes orders (slirp4netns(1), API). */
export function slirpSocket(folder: string): string {
  return join(folder, "slirp.sock");
}

/** Whether the user's network namespace has its way out. */
export function hasWayOut(folder: string): boolean {
  return readProcess(join(folder, "slirp")) !== undefined;
}

/**
 * Starts slirp4netns, which takes the network namespace's packets to the host's own sockets; it needs no rights. Returns once the way is
 * open. The caller holds the user's lock, and stands in the host's network. Throws `unsupported` with what is missing.
 */
export async function openWayOut(folder: string, holder: HeldProcess): Promise<void> {
  const program = Bun.which("slirp4netns", { PATH: "/usr/local/bin:/usr/bin:/bin" });
  if (program === null) throw noWayOut("slirp4netns is not installed", "install it: sudo apt-get install slirp4netns");
  // That of namespaces which have ended.
  const former = readProcess(join(folder, "slirp"));
  if (former !== undefined) sendSignal(former.pid, SIGTERM);
  rmSync(slirpSocket(folder), { force: true });
  const log = join(folder, "slirp.log");
  const errors = openSync(log, "w", 0o600);
  const ready = makePipe();
  try {
    const child = Bun.spawn({
      cmd: [
        program,
        "--configure",
        "--mtu=65520",
        "--disable-host-loopback",
        "--enable-ipv6",
        "--enable-seccomp",
        "--api-socket",
        slirpSocket(folder),
        "--ready-fd",
        "3",
        `--userns-path=/proc/${holder.pid}/ns/user`,
        "--netns-type=path",
        `/proc/${holder.pid}/ns/net`,
        "tap0",
      ],
      cwd: "/",
      env: { PATH: PROGRAM_PATH },
      detached: true,
      stdio: ["ignore", errors, errors, ready.writer],
    });
    child.unref();
    closeSync(ready.writer);
    const bytesRead = await readFd(ready.reader, Buffer.alloc(1));
    if (bytesRead > 0 && noteProcess(join(folder, "slirp"), child.pid) !== undefined) return;
    child.kill("SIGKILL");
    throw refused(readFileSync(log, "utf8").trim());
  } finally {
    closeSync(ready.reader);
    closeSync(errors);
  }
}

function refused(words: string): EstibaError {
  if (words.includes("/dev/net/tun")) {
    return noWayOut("/dev/net/tun cannot be opened", "let users open it: sudo chmod 666 /dev/net/tun");
  }
  const [last = "it does not say why"] = words.split("\n").slice(-1);
  return noWayOut(`slirp4netns failed: ${last}`, "see: estiba doctor; or use --network none or host");
}

function noWayOut(why: string, fix: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "rootless.no_network",
    what: `the user's own network has no way out: ${why}`,
    fix,
  });
}
