import { resolve } from "node:path";
import type { MountSpec } from "../../state/spec/mounts.ts";
import { badOption } from "./bad-option.ts";

const PROPAGATIONS = new Set(["private", "rprivate", "shared", "rshared", "slave", "rslave"]);
const TMPFS_OPTION =
  /^(rw|ro|(no)?(exec|suid|dev|atime|diratime)|relatime|strictatime|(no)?tmpcopyup|r?(private|shared|slave)|size=\d+[kmg%]?|mode=[0-7]{1,4}|[ug]id=\d+|nr_(inodes|blocks)=\d+[kmg]?)$/i;
const TMPFS_HELP =
  "size=SIZE, mode=OCTAL, uid=N, gid=N, nr_inodes=N, ro, rw, exec, noexec, suid, nosuid, dev, nodev, tmpcopyup";
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** `[SOURCE:]TARGET[:OPTIONS]`: a source with a slash is a folder of the host, else a volume's name; none asks for an anonymous volume. */
export function parseVolume(text: string): MountSpec {
  const parts = text.split(":");
  if (parts.length > 3 || parts.some((part) => part === "")) throw badVolume(text);
  const [first = "", second, third] = parts;
  if (second === undefined) return { type: "volume", source: undefined, target: first, readOnly: false, copy: true };
  const options = third?.split(",") ?? [];
  return first.includes("/") || first === "."
    ? bindVolume(text, first, second, options)
    : namedVolume(text, first, second, options);
}

function bindVolume(text: string, source: string, target: string, options: readonly string[]): MountSpec {
  let mount = {
    type: "bind" as const,
    source: resolve(source),
    target,
    readOnly: false,
    propagation: "rprivate",
    recursive: true,
  };
  for (const option of options) {
    if (option === "ro" || option === "rw") mount = { ...mount, readOnly: option === "ro" };
    else if (option === "bind" || option === "rbind") mount = { ...mount, recursive: option === "rbind" };
    else if (PROPAGATIONS.has(option)) mount = { ...mount, propagation: option };
    // Labels of SELinux: nothing to do where the kernel has no SELinux, as with both peers.
    else if (option !== "z" && option !== "Z") throw unknownVolumeOption(text, option);
  }
  return mount;
}

function namedVolume(text: string, source: string, target: string, options: readonly string[]): MountSpec {
  if (!VOLUME_NAME.test(source)) {
    throw badOption(
      "--volume",
      text,
      `[SOURCE:]TARGET[:OPTIONS]: "${source}" is no volume name`,
      "a folder of the host starts with / or ./",
    );
  }
  let mount = { type: "volume" as const, source, target, readOnly: false, copy: true };
  for (const option of options) {
    if (option === "ro" || option === "rw") mount = { ...mount, readOnly: option === "ro" };
    else if (option === "copy" || option === "nocopy") mount = { ...mount, copy: option === "copy" };
    else if (option !== "z" && option !== "Z") throw unknownVolumeOption(text, option);
  }
  return mount;
}

function badVolume(text: string): Error {
  return badOption("--volume", text, "[SOURCE:]TARGET[:OPTIONS]", "for example: --volume ./data:/data:ro");
}

function unknownVolumeOption(text: string, option: string): Error {
  return badOption(
    "--volume",
    text,
    `understood: unknown option "${option}"`,
    "known: ro, rw, z, Z, copy, nocopy, bind, rbind, private, rprivate, shared, rshared, slave, rslave",
  );
}

/** `--tmpfs PATH[:OPTIONS]`. */
export function parseTmpfs(text: string): MountSpec {
  const colon = text.indexOf(":");
  const target = colon < 0 ? text : text.slice(0, colon);
  const options = colon < 0 ? [] : text.slice(colon + 1).split(",");
  for (const option of options) {
    if (!TMPFS_OPTION.test(option)) {
      throw badOption("--tmpfs", text, `understood: bad option "${option}"`, `known: ${TMPFS_HELP}`);
    }
  }
  return {
    type: "tmpfs",
    target,
    readOnly: options.includes("ro"),
    options: options.filter((option) => option !== "ro" && option !== "rw"),
  };
}

const KEYS: Readonly<Record<string, string>> = {
  type: "type",
  src: "source",
  source: "source",
  dst: "target",
  dest: "target",
  destination: "target",
  target: "target",
  ro: "ro",
  readonly: "ro",
  "bind-propagation": "propagation",
  "bind-nonrecursive": "nonrecursive",
  "volume-nocopy": "nocopy",
  "tmpfs-size": "size",
  "tmpfs-mode": "mode",
};

/** `--mount type=bind|volume|tmpfs,source=...,target=...,...`. A key that the type does not take is refused by name. */
export function parseMount(text: string): MountSpec {
  const fields = mountFields(text);
  const take = (key: string): string | undefined => {
    const value = fields.get(key);
    fields.delete(key);
    return value;
  };
  const type = take("type") ?? "volume";
  const target = take("target");
  if (target === undefined) throw badOption("--mount", text, "complete: target= is missing");
  const readOnly = isOn(take("ro"));
  const mount = mountOfType(text, { type, target, readOnly }, take);
  const [unused] = fields.keys();
  if (unused !== undefined) throw badOption("--mount", text, `understood: a ${type} mount takes no ${unused}=`);
  return mount;
}

function mountOfType(
  text: string,
  { type, target, readOnly }: { type: string; target: string; readOnly: boolean },
  take: (key: string) => string | undefined,
): MountSpec {
  if (type === "bind") {
    const source = take("source");
    if (source === undefined) throw badOption("--mount", text, "complete: source= is missing");
    const propagation = take("propagation") ?? "rprivate";
    if (!PROPAGATIONS.has(propagation))
      throw badOption("--mount", text, `understood: unknown propagation "${propagation}"`);
    return { type, source: resolve(source), target, readOnly, propagation, recursive: !isOn(take("nonrecursive")) };
  }
  if (type === "volume") {
    const source = take("source");
    if (source !== undefined && !VOLUME_NAME.test(source))
      throw badOption("--mount", text, `understood: "${source}" is no volume name`);
    return { type, source, target, readOnly, copy: !isOn(take("nocopy")) };
  }
  if (type === "tmpfs") {
    const size = take("size");
    const mode = take("mode");
    const options = [...(size === undefined ? [] : [`size=${size}`]), ...(mode === undefined ? [] : [`mode=${mode}`])];
    const bad = options.find((option) => !TMPFS_OPTION.test(option));
    if (bad !== undefined) throw badOption("--mount", text, `understood: bad option "tmpfs-${bad}"`);
    return { type, target, readOnly, options };
  }
  throw badOption("--mount", text, `understood: unknown type "${type}"`, "known types: bind, volume, tmpfs");
}

function mountFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of text.split(",")) {
    const equals = field.indexOf("=");
    const name = equals < 0 ? field : field.slice(0, equals);
    const key = KEYS[name];
    if (key === undefined)
      throw badOption("--mount", text, `understood: unknown key "${name}"`, `known: ${Object.keys(KEYS).join(", ")}`);
    fields.set(key, equals < 0 ? "true" : field.slice(equals + 1));
  }
  return fields;
}

function isOn(value: string | undefined): boolean {
  return value === "true" || value === "1";
}
