import { badRequest } from "../../http/api-error.ts";
import type { Fields } from "../fields.ts";
import { options } from "./words.ts";

/** Volumes and mounts as options of `create`. Throws 400 for what Docker refuses before it looks. */
export function mountWords(body: Fields, host: Fields): string[] {
  const tmpfs = Object.entries(host.map("Tmpfs"));
  const binds = host.texts("Binds");
  for (const bind of binds) checkBind(bind);
  if (host.names("StorageOpt").length > 0)
    throw badRequest("StorageOpt is not supported: overlay layers have no options here");
  return [
    ...options("volume", binds),
    ...options("volume", anonymous(body.names("Volumes"), binds, host)),
    ...options("mount", host.list("Mounts").map(mountText)),
    ...options(
      "tmpfs",
      tmpfs.map(([path, text]) => (text === "" ? path : `${path}:${text}`)),
    ),
    ...options("volumes-from", host.texts("VolumesFrom")),
    ...options("volume-driver", host.has("VolumeDriver") ? [host.text("VolumeDriver") ?? "local"] : []),
  ];
}

// The command line knows folders of the caller; here there is none.
function checkBind(bind: string): void {
  const [source = "", target] = bind.split(":");
  if (target === undefined || source.startsWith("/") || !source.includes("/")) return;
  throw badRequest(
    `invalid volume specification: '${bind}': "${source}" includes invalid characters for a local volume name; if you intended to pass a host directory, use absolute path`,
  );
}

// A path that is mounted otherwise needs no volume of its own.
function anonymous(paths: readonly string[], binds: readonly string[], host: Fields): string[] {
  const taken = new Set([
    ...binds.map((bind) => bind.split(":")[1] ?? bind),
    ...host.list("Mounts").map((mount) => mount.text("Target")),
    ...host.names("Tmpfs"),
  ]);
  return paths.filter((path) => !taken.has(path));
}

/** A mount as a value of `--mount`. Throws 400. */
export function mountText(mount: Fields): string {
  const type = mount.text("Type") ?? "volume";
  const target = mount.text("Target");
  if (target === undefined) throw badRequest("invalid mount config: field Target must not be empty");
  const words = [`type=${type}`, ...word("source", mount.text("Source")), `target=${target}`];
  if (mount.flag("ReadOnly")) words.push("readonly");
  return [
    ...words,
    ...bindOptions(mount.fields("BindOptions")),
    ...volumeOptions(mount.fields("VolumeOptions")),
    ...tmpfsOptions(mount.fields("TmpfsOptions")),
    ...word("subpath", mount.fields("ImageOptions").text("Subpath")),
  ]
    .map(quoted)
    .join(",");
}

function bindOptions(bind: Fields): string[] {
  return [
    ...word("bind-propagation", bind.text("Propagation")),
    ...(bind.flag("NonRecursive") ? ["bind-nonrecursive=true"] : []),
    ...(bind.flag("CreateMountpoint") ? ["bind-create-src=true"] : []),
  ];
}

function volumeOptions(volume: Fields): string[] {
  const driver = volume.fields("DriverConfig");
  return [
    ...(volume.flag("NoCopy") ? ["volume-nocopy=true"] : []),
    ...Object.entries(volume.map("Labels")).map(([key, value]) => `volume-label=${key}=${value}`),
    ...word("volume-driver", driver.text("Name")),
    ...Object.entries(driver.map("Options")).map(([key, value]) => `volume-opt=${key}=${value}`),
    ...word("volume-subpath", volume.text("Subpath")),
  ];
}

function tmpfsOptions(tmpfs: Fields): string[] {
  const mode = tmpfs.count("Mode");
  return [
    ...word("tmpfs-size", tmpfs.count("SizeBytes")),
    ...(mode === undefined ? [] : [`tmpfs-mode=${mode.toString(8)}`]),
  ];
}

function word(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

// A field of CSV.
function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
