import { csvFields } from "../../lib/csv-fields.ts";
import { EstibaError } from "../../lib/error.ts";
import { nearest } from "../../lib/nearest.ts";
import { parseSize } from "../../lib/size.ts";

type Placed = { readonly target: string; readonly readOnly: boolean };
type Owned = { readonly mode: number; readonly uid: number; readonly gid: number };

/** One `RUN --mount`. */
export type RunMount =
  | (Placed & { readonly type: "bind"; readonly from: string | undefined; readonly source: string })
  | (Placed &
      Owned & {
        readonly type: "cache";
        readonly id: string;
        readonly sharing: "shared" | "private" | "locked";
        /** What it begins with. */
        readonly from: string | undefined;
        readonly source: string;
      })
  | (Placed & { readonly type: "tmpfs"; readonly sizeBytes: number | undefined })
  | (Owned & {
      readonly type: "secret";
      readonly id: string;
      /** Undefined with `env` alone. */
      readonly target: string | undefined;
      readonly env: string | undefined;
      readonly required: boolean;
    })
  | (Owned & {
      readonly type: "ssh";
      readonly id: string;
      readonly target: string | undefined;
      readonly required: boolean;
    });

const COMMON = ["type", "target"];
const KEYS: Readonly<Record<string, readonly string[]>> = {
  bind: [...COMMON, "from", "source", "readonly"],
  cache: [...COMMON, "id", "sharing", "from", "source", "mode", "uid", "gid", "readonly"],
  tmpfs: [...COMMON, "size", "readonly"],
  secret: [...COMMON, "id", "source", "env", "required", "mode", "uid", "gid"],
  ssh: [...COMMON, "id", "required", "mode", "uid", "gid"],
};
const SYNONYMS: Readonly<Record<string, string>> = {
  dst: "target",
  destination: "target",
  src: "source",
  ro: "readonly",
  rw: "readwrite",
};

/** Reads the value of `--mount` (dockerfile reference, "RUN --mount"); `cwd` is what a relative target is seen from. Throws `invalid`. */
export function parseRunMount(text: string, cwd: string): RunMount {
  const fields = fieldsOf(text);
  const type = fields.get("type") ?? "bind";
  const known = Object.hasOwn(KEYS, type) ? KEYS[type] : undefined;
  if (known === undefined) throw badMount(text, `unknown type "${type}"`, `known: ${Object.keys(KEYS).join(", ")}`);
  for (const key of fields.keys()) {
    if (known.includes(key) || (key === "readwrite" && known.includes("readonly"))) continue;
    const guess = nearest(key, known);
    throw badMount(text, `unexpected key "${key}" for type "${type}"`, guess && `did you mean ${guess}?`);
  }
  return mountOf(type, { text, fields, cwd });
}

type Parts = { readonly text: string; readonly fields: ReadonlyMap<string, string>; readonly cwd: string };

function mountOf(type: string, parts: Parts): RunMount {
  const { fields, text } = parts;
  const from = fields.get("from");
  const source = fields.get("source") ?? "/";
  switch (type) {
    case "cache": {
      const target = required(parts);
      const sharing = fields.get("sharing") ?? "shared";
      if (sharing !== "shared" && sharing !== "private" && sharing !== "locked")
        throw badMount(text, `unsupported sharing value "${sharing}"`, "one of shared, private, locked");
      return {
        type,
        target,
        readOnly: isReadOnly(parts, false),
        id: fields.get("id") ?? target,
        sharing,
        from,
        source,
        ...owned(parts, 0o755),
      };
    }
    case "tmpfs": {
      const size = fields.get("size");
      const sizeBytes = size === undefined ? undefined : parseSize(size);
      if (size !== undefined && sizeBytes === undefined) throw badMount(text, `"${size}" is no size`);
      return { type, target: required(parts), readOnly: isReadOnly(parts, false), sizeBytes };
    }
    case "secret":
      return secretMount(parts);
    case "ssh":
      return {
        type,
        id: fields.get("id") ?? "default",
        target: targetOf(parts),
        required: isOn(parts, "required"),
        ...owned(parts, 0o600),
      };
    default:
      return { type: "bind", target: required(parts), readOnly: isReadOnly(parts, true), from, source };
  }
}

function secretMount(parts: Parts): RunMount {
  const { fields, text } = parts;
  const target = targetOf(parts);
  const id = fields.get("id") ?? fields.get("source") ?? target?.slice(target.lastIndexOf("/") + 1);
  if (id === undefined || id === "") throw badMount(text, "it has no id");
  const env = fields.get("env");
  const place = target ?? (env === undefined ? `/run/secrets/${id}` : undefined);
  return { type: "secret", id, target: place, env, required: isOn(parts, "required"), ...owned(parts, 0o400) };
}

function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of csvFields(text)) {
    const equals = field.indexOf("=");
    const typed = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    fields.set(SYNONYMS[typed] ?? typed, equals < 0 ? "true" : field.slice(equals + 1));
  }
  return fields;
}

function targetOf({ fields, cwd, text }: Parts): string | undefined {
  const target = fields.get("target");
  if (target === undefined || target === "") return undefined;
  const parts: string[] = [];
  for (const part of (target.startsWith("/") ? target : `${cwd}/${target}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  if (parts.length === 0) throw badMount(text, `invalid mount target "${target}"`);
  return `/${parts.join("/")}`;
}

function required(parts: Parts): string {
  const target = targetOf(parts);
  if (target === undefined) throw badMount(parts.text, "it has no target", "add target=PATH");
  return target;
}

function isReadOnly(parts: Parts, usual: boolean): boolean {
  if (parts.fields.has("readwrite")) return !isOn(parts, "readwrite");
  return parts.fields.has("readonly") ? isOn(parts, "readonly") : usual;
}

function isOn({ fields, text }: Parts, key: string): boolean {
  const value = fields.get(key)?.toLowerCase() ?? "false";
  if (["true", "1"].includes(value)) return true;
  if (["false", "0"].includes(value)) return false;
  throw badMount(text, `${key} takes true or false, not "${value}"`);
}

function owned({ fields, text }: Parts, usual: number): Owned {
  const number = (key: string, base: 8 | 10, fallback: number): number => {
    const value = fields.get(key);
    if (value === undefined) return fallback;
    if (!(base === 8 ? /^0?[0-7]{1,4}$/ : /^\d{1,10}$/).test(value)) throw badMount(text, `invalid ${key} "${value}"`);
    return Number.parseInt(value, base);
  };
  return { mode: number("mode", 8, usual), uid: number("uid", 10, 0), gid: number("gid", 10, 0) };
}

function badMount(text: string, why: string, fix?: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.bad_mount",
    what: `--mount=${text}: ${why}`,
    ...(fix === undefined || fix === "" ? {} : { fix }),
  });
}
