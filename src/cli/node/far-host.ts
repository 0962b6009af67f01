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
};

// A line for each: the shell of the other side gets these texts as they stand, what varies as arguments.
const LOOK = `uname -m
id -u
hostname
if [ -f "$1" ]; then sha256sum "$1" | cut -d" " -f1; else echo; fi
if [ -d /run/systemd/system ]; then echo yes; else echo no; fi`;

// Beside the place first: what runs keeps its old file, and nobody finds half of one.
const INSTALL = `set -e
umask 022
mkdir -p "$(dirname "$1")"
cat > "$1.new"
if [ "$(sha256sum "$1.new" | cut -d" " -f1)" != "$2" ]; then rm -f "$1.new"; echo "not all of the binary came" >&2; exit 1; fi
chmod 755 "$1.new"
mv -f "$1.new" "$1"`;

const ENABLE = `set -e
cat > /etc/systemd/system/estiba-node.service
systemctl daemon-reload
systemctl enable --quiet estiba-node.service`;

/** Looks at the machine; `path`: where the binary is to be. */
export async function lookAt(far: FarSide, path: string): Promise<FarHost> {
  const printed = await far.run(["sh", "-c", LOOK, "sh", path]);
  const [machine = "", uid = "", hostname = "", binary = "", systemd = ""] = printed.split("\n");
  const asRoot = uid === "0" ? [] : ["sudo", "-n", "--"];
  return { machine, hostname, asRoot, binary, hasSystemd: systemd === "yes" };
}

/** Puts the binary at its place, whole or not at all. */
export async function installBinary(
  far: FarSide,
  { asRoot }: FarHost,
  { path, file, sha256 }: { readonly path: string; readonly file: string; readonly sha256: string },
): Promise<void> {
  await far.run([...asRoot, "sh", "-c", INSTALL, "sh", path, sha256], Bun.file(file).stream());
}

/** Has the node's process start when the machine does. */
export async function enableUnit(far: FarSide, { asRoot }: FarHost, unit: string): Promise<void> {
  await far.run([...asRoot, "sh", "-c", ENABLE], unit);
}
