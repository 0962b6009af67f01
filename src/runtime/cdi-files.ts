import { readFileSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { EstibaError } from "../lib/error.ts";

/** Where CDI files lie unless told otherwise; the later folder wins. Source: container-device-interface SPEC.md. */
export const CDI_FOLDERS: readonly string[] = ["/etc/cdi", "/var/run/cdi"];
const HOOK_NAMES = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] as const;

export type CdiDeviceNode = {
  readonly path: string;
  readonly hostPath?: string;
  readonly type?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly permissions?: string;
  readonly uid?: number;
  readonly gid?: number;
};

export type CdiMount = {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly type?: string;
  readonly options?: readonly string[];
};

export type CdiHook = {
  readonly hookName: (typeof HOOK_NAMES)[number];
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly timeout?: number;
};

/** What a device asks to be changed in a container. */
export type CdiEdits = {
  readonly env: readonly string[];
  readonly deviceNodes: readonly CdiDeviceNode[];
  readonly mounts: readonly CdiMount[];
  readonly hooks: readonly CdiHook[];
  readonly additionalGids: readonly number[];
};

/** One CDI file: what its devices ask for, by name, and what all of them ask for together. */
export type CdiFile = {
  readonly path: string;
  /** `vendor.com/class`. */
  readonly kind: string;
  /** Files in a later folder win. */
  readonly rank: number;
  readonly common: CdiEdits;
  readonly devices: ReadonlyMap<string, CdiEdits>;
};

/** All CDI files of the folders; those that cannot be understood come as errors, since only whoever wants their devices minds. */
export function readCdiFiles(folders: readonly string[] = CDI_FOLDERS): {
  files: CdiFile[];
  errors: EstibaError[];
} {
  const files: CdiFile[] = [];
  const errors: EstibaError[] = [];
  for (const [rank, folder] of folders.entries()) {
    for (const name of folderNames(folder).toSorted()) {
      if (!/\.(json|yaml|yml)$/.test(name)) continue;
      const path = join(folder, name);
      try {
        files.push(parseCdiFile(path, readFileSync(path, "utf8"), rank));
      } catch (error) {
        // Whatever is wrong with one vendor's file, from its mode to its contents, the others' devices can still be had.
        errors.push(error instanceof EstibaError ? error : badFile(path, "it cannot be read", error));
      }
    }
  }
  return { files, errors };
}

/** Folders where CDI files are looked for, for messages. */
export function cdiFolders(folders: readonly string[] = CDI_FOLDERS): string {
  return folders.join(" and ");
}

/** A CDI file's text, JSON by its name or else YAML. Throws `invalid` naming the file and the field. */
export function parseCdiFile(path: string, text: string, rank: number): CdiFile {
  const document = asObject(path, "the file", path.endsWith(".json") ? JSON.parse(text) : Bun.YAML.parse(text));
  const kind = document["kind"];
  if (typeof document["cdiVersion"] !== "string") throw badFile(path, "cdiVersion is missing");
  if (typeof kind !== "string" || !/^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*$/.test(kind))
    throw badFile(path, "kind is not vendor/class");
  const devices = asList(path, "devices", document["devices"]).map((entry): [string, CdiEdits] => {
    const { name, containerEdits } = asObject(path, "a device", entry);
    if (typeof name !== "string" || name === "") throw badFile(path, "a device has no name");
    return [name, parseEdits(path, containerEdits)];
  });
  return { path, kind, rank, common: parseEdits(path, document["containerEdits"]), devices: new Map(devices) };
}

const EDIT_FIELDS = ["env", "deviceNodes", "mounts", "hooks", "additionalGids"];

function parseEdits(path: string, value: unknown): CdiEdits {
  const edits = asObject(path, "containerEdits", value ?? {});
  const unknown = Object.keys(edits).find((field) => !EDIT_FIELDS.includes(field));
  if (unknown !== undefined) throw badFile(path, `containerEdits.${unknown} is not supported`);
  return {
    env: asList(path, "env", edits["env"]).map((entry) => asText(path, "env", entry)),
    deviceNodes: asList(path, "deviceNodes", edits["deviceNodes"]).map((entry) => deviceNode(path, entry)),
    mounts: asList(path, "mounts", edits["mounts"]).map((entry) => mount(path, entry)),
    hooks: asList(path, "hooks", edits["hooks"]).map((entry) => hook(path, entry)),
    additionalGids: asList(path, "additionalGids", edits["additionalGids"]).map((entry) => {
      if (typeof entry !== "number" || !Number.isSafeInteger(entry) || entry < 0)
        throw badFile(path, "additionalGids holds what is no group id");
      return entry;
    }),
  };
}

function deviceNode(file: string, value: unknown): CdiDeviceNode {
  const entry = asObject(file, "deviceNodes", value);
  const path = absolute(file, "deviceNodes.path", entry["path"]);
  const hostPath = entry["hostPath"] === undefined ? path : absolute(file, "deviceNodes.hostPath", entry["hostPath"]);
  const { permissions, type } = entry;
  if (permissions !== undefined && (typeof permissions !== "string" || !/^[rwm]*$/.test(permissions)))
    throw badFile(file, "deviceNodes.permissions is not some of r, w and m");
  if (type !== undefined && type !== "" && !(typeof type === "string" && ["b", "c", "u", "p"].includes(type)))
    throw badFile(file, "deviceNodes.type is not one of b, c, u and p");
  return {
    path,
    hostPath,
    ...(typeof type === "string" && type !== "" ? { type } : {}),
    ...(permissions === undefined || permissions === "" ? {} : { permissions }),
    ...numbers(file, entry, ["major", "minor", "fileMode", "uid", "gid"]),
  };
}

function mount(file: string, value: unknown): CdiMount {
  const entry = asObject(file, "mounts", value);
  const { type } = entry;
  return {
    hostPath: asText(file, "mounts.hostPath", entry["hostPath"]),
    containerPath: absolute(file, "mounts.containerPath", entry["containerPath"]),
    ...(typeof type === "string" && type !== "" ? { type } : {}),
    options: texts(file, "mounts.options", entry["options"]),
  };
}

function hook(file: string, value: unknown): CdiHook {
  const entry = asObject(file, "hooks", value);
  const name = HOOK_NAMES.find((known) => known === entry["hookName"]);
  if (name === undefined) throw badFile(file, `hooks.hookName is not one of ${HOOK_NAMES.join(", ")}`);
  return {
    hookName: name,
    path: absolute(file, "hooks.path", entry["path"]),
    ...(entry["args"] === undefined ? {} : { args: texts(file, "hooks.args", entry["args"]) }),
    ...(entry["env"] === undefined ? {} : { env: texts(file, "hooks.env", entry["env"]) }),
    ...numbers(file, entry, ["timeout"]),
  };
}

function numbers(file: string, entry: Record<string, unknown>, fields: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const field of fields) {
    const value = entry[field];
    if (value === undefined || value === null) continue;
    if (typeof value !== "number" || !Number.isSafeInteger(value))
      throw badFile(file, `${field} is not a whole number`);
    found[field] = value;
  }
  return found;
}

function texts(file: string, field: string, value: unknown): string[] {
  return asList(file, field, value).map((entry) => asText(file, field, entry));
}

function absolute(file: string, field: string, value: unknown): string {
  const path = asText(file, field, value);
  if (!path.startsWith("/") || path.split("/").includes("..")) throw badFile(file, `${field} is not an absolute path`);
  return path;
}

function asText(file: string, field: string, value: unknown): string {
  if (typeof value !== "string" || value === "" || value.includes("\0")) throw badFile(file, `${field} is not a text`);
  return value;
}

function asList(file: string, field: string, value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badFile(file, `${field} is not a list`);
  return value;
}

function asObject(file: string, field: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badFile(file, `${field} is not an object`);
}

function badFile(path: string, why: string, cause?: unknown): EstibaError {
  return new EstibaError("invalid", {
    reason: "cdi.bad_file",
    what: `the CDI file "${path}" cannot be used: ${why}`,
    ...(cause === undefined ? {} : { cause }),
    fix: "make it anew with its vendor's tool, for example: nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml",
  });
}
