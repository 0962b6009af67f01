import { resolve } from "node:path";
import type { BindMount, FileMountOptions, MountSpec, TmpfsMount, VolumeMount } from "../../state/spec/mounts.ts";
import { badOption } from "./bad-option.ts";
import { parseIdMap } from "./id-map.ts";

/** How mounts travel between the source and the container (mount_namespaces(7)). */
export const PROPAGATIONS: ReadonlySet<string> = new Set([
  "private",
  "rprivate",
  "shared",
  "rshared",
  "slave",
  "rslave",
]);
/** Mount flags that a user may choose, each with its opposite. */
export const MOUNT_FLAGS: ReadonlySet<string> = new Set(["exec", "noexec", "suid", "nosuid", "dev", "nodev"]);
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(["z", "Z", "cached", "consistent", "delegated"]);
const TMPFS_OPTION =
  /^(rw|ro|(no)?(exec|suid|dev|atime|diratime)|relatime|strictatime|(no)?tmpcopyup|r?(private|shared|slave)|size=\d+[kmg%]?|mode=[0-7]{1,4}|[ug]id=\d+|nr_(inodes|blocks)=\d+[kmg]?)$/i;
const TMPFS_HELP =
  "size=SIZE, mode=OCTAL, uid=N, gid=N, nr_inodes=N, ro, rw, exec, noexec, suid, nosuid, dev, nodev, tmpcopyup, notmpcopyup";
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** `[SOURCE:]TARGET[:OPTIONS]`: a source with a slash is a folder of the host, else a volume's name; none asks for an anonymous volume. */
export function parseVolume(text: string): MountSpec {
  // The mapping of an idmap may hold what parts the others; no path may hold a colon.
  const [first = "", second, ...others] = text.split(":");
  const options = others.length === 0 ? [] : others.join(":").split(",");
  if (first === "" || second === "" || others.length > 1 || options.includes("")) throw badVolume(text);
  if (second === undefined) return { type: "volume", source: undefined, target: first, readOnly: false, copy: true };
  const mount = first.includes("/") || first === "." ? bindOf(first, second) : volumeOf(text, first, second);
  return withOverlay(text, withOptions(text, mount, options), options);
}

function bindOf(source: string, target: string): BindMount {
  return {
    type: "bind",
    source: resolve(source),
    target,
    readOnly: false,
    propagation: "rprivate",
    recursive: true,
  };
}

function volumeOf(text: string, source: string, target: string): VolumeMount {
  if (VOLUME_NAME.test(source)) return { type: "volume", source, target, readOnly: false, copy: true };
  throw badOption(
    "--volume",
    text,
    `[SOURCE:]TARGET[:OPTIONS]: "${source}" is no volume name`,
    "a folder of the host starts with / or ./",
  );
}

function withOptions(
  text: string,
  mount: BindMount | VolumeMount,
  options: readonly string[],
): BindMount | VolumeMount {
  const flags = options.filter((option) => MOUNT_FLAGS.has(option));
  let changed = flags.length === 0 ? mount : { ...mount, flags };
  for (const option of options) {
    const change = changeOf(text, mount.type, option);
    if (change === undefined) throw unknownVolumeOption(text, option);
    changed = { ...changed, ...change } as BindMount | VolumeMount;
  }
  return changed;
}

/** What one option of `-v` changes; undefined for one that the kind of mount does not take. */
function changeOf(
  text: string,
  type: "bind" | "volume",
  option: string,
): Partial<Omit<BindMount, "type">> | Partial<Omit<VolumeMount, "type">> | undefined {
  if (option === "ro" || option === "rw") return { readOnly: option === "ro" };
  // z, Z: labels of SELinux: nothing to do where the kernel has no SELinux, as with both peers; cached and so on are for the file systems of
  // a Mac. O: see withOverlay.
  if (option === "O" || WITHOUT_EFFECT.has(option) || MOUNT_FLAGS.has(option)) return {};
  if (/^(upper|work)dir=/.test(option)) return {};
  if (option === "U") return { chown: true };
  if (PROPAGATIONS.has(option)) return { propagation: option };
  if (option === "idmap" || option.startsWith("idmap="))
    return { idmap: parseIdMap("--volume", text, option.split("=").slice(1).join("=")) };
  if (type === "bind" && (option === "bind" || option === "rbind")) return { recursive: option === "rbind" };
  if (type === "volume" && (option === "copy" || option === "nocopy")) return { copy: option === "copy" };
  return undefined;
}

function withOverlay(text: string, mount: MountSpec, options: readonly string[]): MountSpec {
  const [upper, work] = ["upperdir=", "workdir="].map((name) =>
    options.find((option) => option.startsWith(name))?.slice(name.length),
  );
  if (!options.includes("O")) {
    if (upper === undefined && work === undefined) return mount;
    throw badOption("--volume", text, "understood: upperdir= and workdir= belong to an overlay", "add the option O");
  }
  if ((upper === undefined) !== (work === undefined))
    throw badOption("--volume", text, "complete: upperdir= and workdir= go together");
  const mixed = options.find((option) => ["ro", "copy", "nocopy"].includes(option) || option.startsWith("idmap"));
  if (mixed !== undefined) throw badOption("--volume", text, `understood: O does not go with ${mixed}`);
  const overlay: FileMountOptions["overlay"] =
    upper === undefined || work === undefined ? {} : { upper: resolve(upper), work: resolve(work) };
  return { ...mount, overlay } as MountSpec;
}

function badVolume(text: string): Error {
  return badOption("--volume", text, "[SOURCE:]TARGET[:OPTIONS]", "for example: --volume ./data:/data:ro");
}

function unknownVolumeOption(text: string, option: string): Error {
  return badOption(
    "--volume",
    text,
    `understood: unknown option "${option}"`,
    "known: ro, rw, z, Z, U, O, upperdir=, workdir=, idmap, copy, nocopy, exec, noexec, suid, nosuid, dev, nodev, bind, rbind, private, rprivate, shared, rshared, slave, rslave",
  );
}

/** `--tmpfs PATH[:OPTIONS]`. */
export function parseTmpfs(text: string): TmpfsMount {
  const colon = text.indexOf(":");
  const target = colon < 0 ? text : text.slice(0, colon);
  const options = colon < 0 ? [] : text.slice(colon + 1).split(",");
  return tmpfsOf("--tmpfs", text, { target, options });
}

/** A tmpfs with these options, checked; `option` and `text` are for the error. */
export function tmpfsOf(option: string, text: string, mount: Pick<TmpfsMount, "target" | "options">): TmpfsMount {
  const bad = mount.options.find((word) => !TMPFS_OPTION.test(word));
  if (bad !== undefined) throw badOption(option, text, `understood: bad option "${bad}"`, `known: ${TMPFS_HELP}`);
  return {
    type: "tmpfs",
    target: mount.target,
    readOnly: mount.options.includes("ro"),
    options: mount.options.filter((word) => word !== "ro" && word !== "rw"),
  };
}

/** Whether this may be a volume's name. */
export function isVolumeName(text: string): boolean {
  return VOLUME_NAME.test(text);
}
