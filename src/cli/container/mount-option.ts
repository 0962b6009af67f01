import { resolve } from "node:path";
import { csvFields } from "../../lib/csv-fields.ts";
import type { DevptsMount, FileMountOptions, MountSpec, TmpfsMount } from "../../state/spec/mounts.ts";
import { badOption } from "./bad-option.ts";
import { globMounts } from "./glob-mounts.ts";
import { parseIdMap } from "./id-map.ts";
import { isVolumeName, MOUNT_FLAGS, PROPAGATIONS, tmpfsOf } from "./mounts.ts";

/** Every name of a key, and the one it counts as. A key that stands alone is "true". */
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
  rw: "rw",
  readwrite: "rw",
  relabel: "relabel",
  z: "relabel",
  Z: "relabel",
  U: "chown",
  chown: "chown",
  idmap: "idmap",
  subpath: "subpath",
  "volume-subpath": "subpath",
  "image-subpath": "subpath",
  "bind-propagation": "propagation",
  "bind-nonrecursive": "nonrecursive",
  "bind-recursive": "recursive",
  "bind-create-src": "createSource",
  consistency: "consistency",
  "volume-nocopy": "nocopy",
  "no-copy": "nocopy",
  nocopy: "nocopy",
  copy: "copy",
  "volume-driver": "volumeDriver",
  "volume-opt": "volumeOption",
  "volume-label": "volumeLabel",
  "tmpfs-size": "size",
  "tmpfs-mode": "mode",
  tmpcopyup: "tmpcopyup",
  notmpcopyup: "notmpcopyup",
  uid: "uid",
  gid: "gid",
  mode: "mode",
  max: "max",
};
const SEVERAL = new Set(["volumeOption", "volumeLabel", "flags"]);

/** What a `--mount` says: each key's values, taken out as they are used. */
type Fields = {
  readonly text: string;
  readonly take: (key: string) => string | undefined;
  readonly takeAll: (key: string) => string[];
  readonly takeFlag: (key: string) => boolean | undefined;
};

/**
 * `--mount type=TYPE,KEY=VALUE...` as mounts; several only for a glob. A key that the type does not take is refused by name. Source:
 * podman-run(1), docker-run(1).
 */
export function parseMount(text: string): MountSpec[] {
  const left = mountFields(text);
  const takeAll = (key: string): string[] => {
    const values = left.get(key) ?? [];
    left.delete(key);
    return values;
  };
  const take = (key: string): string | undefined => takeAll(key).at(-1);
  const takeFlag = (key: string): boolean | undefined => flagOf(text, key, take(key));
  const type = take("type") ?? "volume";
  const mounts = mountsOfType(type, { text, take, takeAll, takeFlag });
  const [unused] = left.keys();
  if (unused !== undefined) {
    const name = unused === "flags" ? takeAll("flags")[0] : `${nameOf(unused)}=`;
    throw badOption("--mount", text, `understood: a ${type} mount takes no ${name}`);
  }
  return mounts;
}

function mountsOfType(type: string, fields: Fields): MountSpec[] {
  switch (type) {
    case "bind":
      return [bindMount(fields, required(fields, "source"))];
    case "glob": {
      const pattern = required(fields, "source");
      const target = fields.take("target");
      return globMounts(fields.text, { ...bindMount(fields, pattern, target ?? "/"), target });
    }
    case "volume":
      return [volumeMount(fields)];
    case "image":
      return [imageMount(fields)];
    case "tmpfs":
    case "ramfs":
      return [memoryMount(type, fields)];
    case "devpts":
      return [devptsMount(fields)];
    case "artifact":
      throw badOption(
        "--mount",
        fields.text,
        "supported: mounts of artifacts are not",
        "put the files into an image, and use type=image",
      );
    default:
      throw badOption(
        "--mount",
        fields.text,
        `understood: unknown type "${type}"`,
        "known types: bind, devpts, glob, image, ramfs, tmpfs, volume",
      );
  }
}

/** Docker's word for it. A read-only bind is always so for what is mounted below, too. */
function isRecursive(fields: Fields): boolean {
  const word = fields.take("recursive") ?? "enabled";
  if (!["enabled", "disabled", "readonly"].includes(word))
    throw badOption("--mount", fields.text, `supported: bind-recursive=${word}`, "known: enabled, disabled, readonly");
  return fields.takeFlag("nonrecursive") !== true && word !== "disabled";
}

function bindMount(fields: Fields, source: string, target: string = required(fields, "target")) {
  const propagation = fields.take("propagation") ?? "rprivate";
  if (!PROPAGATIONS.has(propagation))
    throw badOption("--mount", fields.text, `understood: unknown propagation "${propagation}"`);
  return {
    type: "bind" as const,
    source: resolve(source),
    target,
    readOnly: isReadOnly(fields) ?? false,
    propagation,
    recursive: isRecursive(fields),
    ...(fields.takeFlag("createSource") === true ? { createSource: true } : {}),
    ...fileOptions(fields),
  };
}

function volumeMount(fields: Fields): MountSpec {
  const source = fields.take("source");
  if (source !== undefined && source !== "" && !isVolumeName(source))
    throw badOption("--mount", fields.text, `understood: "${source}" is no volume name`);
  const nocopy = fields.takeFlag("nocopy") ?? fields.takeFlag("copy") === false;
  fields.take("copy");
  const driver = fields.take("volumeDriver") ?? "local";
  if (driver !== "local") throw badOption("--mount", fields.text, `supported: there is no volume driver "${driver}"`);
  const propagation = fields.take("propagation");
  const labels = pairs(fields.takeAll("volumeLabel"));
  const options = pairs(fields.takeAll("volumeOption"));
  return {
    type: "volume",
    source: source === "" ? undefined : source,
    target: required(fields, "target"),
    readOnly: isReadOnly(fields) ?? false,
    copy: !nocopy,
    ...(propagation === undefined ? {} : { propagation }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
    ...fileOptions(fields),
  };
}

function imageMount(fields: Fields): MountSpec {
  const subpath = fields.take("subpath");
  const flags = fields.takeAll("flags");
  return {
    type: "image",
    source: required(fields, "source"),
    target: required(fields, "target"),
    readOnly: isReadOnly(fields) ?? true,
    ...(flags.length === 0 ? {} : { flags }),
    ...(subpath === undefined ? {} : { subpath }),
  };
}

function memoryMount(type: "tmpfs" | "ramfs", fields: Fields): TmpfsMount {
  const named = [
    ["size", fields.take("size")],
    ["mode", fields.take("mode")],
    ["uid", fields.take("uid")],
    ["gid", fields.take("gid")],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const [without, copyUp] = [fields.takeFlag("notmpcopyup"), fields.takeFlag("tmpcopyup")];
  const flags = fields.takeAll("flags");
  const options = [...named, ...flags, ...(without === true || copyUp === false ? ["notmpcopyup"] : [])];
  fields.take("consistency");
  const chown = fields.takeFlag("chown");
  const target = required(fields, "target");
  const mount = tmpfsOf("--mount", fields.text, { target, options });
  const readOnly = isReadOnly(fields) ?? false;
  if (type === "tmpfs") return { ...mount, readOnly, ...(chown === true ? { chown } : {}) };
  if (chown === true || named.some((option) => !option.startsWith("mode=")))
    throw badOption("--mount", fields.text, "understood: a ramfs knows no size, uid or gid");
  return { ...mount, readOnly, fileSystem: "ramfs" };
}

function devptsMount(fields: Fields): DevptsMount {
  const number = (name: string, pattern: RegExp): string[] => {
    const value = fields.take(name);
    if (value === undefined) return [];
    if (!pattern.test(value)) throw badOption("--mount", fields.text, `understood: bad ${name} "${value}"`);
    return [`${name}=${value}`];
  };
  const options = [
    ...number("uid", /^\d+$/),
    ...number("gid", /^\d+$/),
    ...number("mode", /^[0-7]{1,4}$/),
    ...number("max", /^\d+$/),
  ];
  return { type: "devpts", target: required(fields, "target"), readOnly: false, options };
}

function fileOptions(fields: Fields): Pick<FileMountOptions, "chown" | "flags" | "idmap" | "subpath"> {
  // Labels of SELinux and the cache of a Mac have nothing to do here; both peers say nothing either.
  fields.take("relabel");
  fields.take("consistency");
  const chown = fields.takeFlag("chown");
  const idmap = fields.take("idmap");
  const subpath = fields.take("subpath");
  const flags = fields.takeAll("flags");
  return {
    ...(flags.length === 0 ? {} : { flags }),
    ...(chown === true ? { chown } : {}),
    ...(idmap === undefined ? {} : { idmap: parseIdMap("--mount", fields.text, idmap) }),
    ...(subpath === undefined ? {} : { subpath }),
  };
}

function isReadOnly(fields: Fields): boolean | undefined {
  const readOnly = fields.takeFlag("ro");
  const writable = fields.takeFlag("rw");
  if (readOnly === undefined) return writable === undefined ? undefined : !writable;
  if (writable === readOnly) throw badOption("--mount", fields.text, "understood: ro and rw exclude each other");
  return readOnly;
}

function required(fields: Fields, key: "source" | "target"): string {
  const value = fields.take(key);
  if (value !== undefined && value !== "") return value;
  throw badOption("--mount", fields.text, `complete: ${key}= is missing`);
}

function mountFields(text: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const field of csvFields(text)) {
    const equals = field.indexOf("=");
    const name = equals < 0 ? field : field.slice(0, equals);
    // Podman's short way: the word alone.
    const word = equals < 0 ? wordOf(name) : undefined;
    if (word !== undefined) {
      fields.set(word, [...(SEVERAL.has(word) ? (fields.get(word) ?? []) : []), name]);
      continue;
    }
    const key = KEYS[name];
    if (key === undefined)
      throw badOption("--mount", text, `understood: unknown key "${name}"`, `known: ${Object.keys(KEYS).join(", ")}`);
    const value = equals < 0 ? "true" : field.slice(equals + 1);
    fields.set(key, SEVERAL.has(key) ? [...(fields.get(key) ?? []), value] : [value]);
  }
  return fields;
}

function wordOf(name: string): "flags" | "propagation" | undefined {
  if (MOUNT_FLAGS.has(name)) return "flags";
  return PROPAGATIONS.has(name) ? "propagation" : undefined;
}

function pairs(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const equals = text.indexOf("=");
      return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

function flagOf(text: string, key: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw badOption("--mount", text, `understood: ${nameOf(key)}= takes true or false, not "${value}"`);
}

function nameOf(key: string): string {
  return Object.hasOwn(KEYS, key) ? key : (Object.keys(KEYS).find((name) => KEYS[name] === key) ?? key);
}
