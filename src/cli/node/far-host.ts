import { EstibaError } from "../../lib/error.ts";
import type { FarSide } from "./far-side.ts";

/** What a machine is that Estiba is to be installed on. */
export type FarHost = {
  /** As `uname -m` has it. */
  readonly machine: string;
  readonly hostname: string;
  /** The words before a command that have it run as root. */
  readonly asRoot: readonly string[];
  /** SHA-256 of the binary that is there; "" where there is none. */
  readonly binary: string;
  readonly hasSystemd: boolean;
  /** Which node of which cluster it is; undefined of none. */
  readonly membership: { readonly nodeId: string; readonly clusterId: string } | undefined;
};

// A line for each: the shell of the other side gets these texts as they stand, what varies as arguments.
const LOOK = `uname -m
id -un
hostname
if [ -f "$1" ]; then sha256sum "$1" | cut -d" " -f1; else echo; fi
if [ -d /run/systemd/system ]; then echo yes; else echo no; fi
if [ "$(id -u)" = 0 ]; then echo root
elif ! command -v sudo >/dev/null; then echo "there is no sudo"
elif said=$(LC_ALL=C sudo -n -- true 2>&1); then echo sudo
else echo $said; fi`;

const MEMBERSHIP = "cat /var/lib/estiba/cluster/node.json 2>/dev/null || true";

// Beside the place first: what runs keeps its old file, and nobody finds half of one.
const INSTALL = `set -e
umask 022
mkdir -p "$(dirname "$1")"
cat > "$1.new"
if [ "$(sha256sum "$1.new" | cut -d" " -f1)" != "$2" ]; then rm -f "$1.new"; echo "not all of the binary came" >&2; exit 1; fi
chmod 755 "$1.new"
mv -f "$1.new" "$1"`;

// Before there is a node its condition is not met: it is started by who joins.
const ENABLE = `set -e
cat > /etc/systemd/system/estiba-node.service
systemctl daemon-reload
systemctl enable --quiet estiba-node.service`;

// It ends the one that runs. Without systemd it is nobody's child.
const RESTART = `if [ -d /run/systemd/system ]; then exec systemctl restart estiba-node.service; fi
exec setsid -f "$1" system node --replace </dev/null >/dev/null 2>&1`;

/** Looks at the machine; `path`: where the binary is to be. Throws `denied` when the user cannot become root there. */
export async function lookAt(far: FarSide, path: string): Promise<FarHost> {
  const printed = await far.run(["sh", "-c", LOOK, "sh", path]);
  const [machine = "", user = "", hostname = "", binary = "", systemd = "", way = ""] = printed.split("\n");
  if (way !== "root" && way !== "sudo") throw noRoot(user, hostname, way);
  const asRoot = way === "root" ? [] : ["sudo", "-n", "--"];
  const identity = await far.run([...asRoot, "sh", "-c", MEMBERSHIP]);
  const membership = identity === "" ? undefined : (JSON.parse(identity) as NonNullable<FarHost["membership"]>);
  return { machine, hostname, asRoot, binary, hasSystemd: systemd === "yes", membership };
}

/** Puts the binary at its place, whole or not at all. */
export async function installBinary(
  far: FarSide,
  { asRoot }: FarHost,
  { path, file, sha256 }: { readonly path: string; readonly file: string; readonly sha256: string },
): Promise<void> {
  await far.run([...asRoot, "sh", "-c", INSTALL, "sh", path, sha256], Bun.file(file).stream());
}

/** Has the node's process start when the machine does, and be systemd's from the beginning. */
export async function enableUnit(far: FarSide, { asRoot }: FarHost, unit: string): Promise<void> {
  await far.run([...asRoot, "sh", "-c", ENABLE], unit);
}

/** Has the node's process be of the binary that is there now: its containers run on. */
export async function restartNode(far: FarSide, { asRoot }: FarHost, path: string): Promise<void> {
  await far.run([...asRoot, "sh", "-c", RESTART, "sh", path]);
}

function noRoot(user: string, hostname: string, said: string): EstibaError {
  return new EstibaError("denied", {
    reason: "node.no_root",
    what: `${user} cannot become root on ${hostname} without being asked: ${said}`,
    fix: `have sudo ask no password there, in a file of /etc/sudoers.d: "${user} ALL=(ALL) NOPASSWD: ALL"; or come as root: root@HOST`,
  });
}
