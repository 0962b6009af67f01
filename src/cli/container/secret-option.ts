import { posix } from "node:path";
import { csvFields } from "../../lib/csv-fields.ts";
import type { SecretUse } from "../../state/spec/secrets.ts";
import { badOption } from "./bad-option.ts";

const FOLDER = "/run/secrets";
const DEFAULT_MODE = 0o444;
const KEYS: ReadonlySet<string> = new Set(["source", "src", "type", "target", "dst", "uid", "gid", "mode"]);

/** `NAME[,type=mount|env][,target=][,uid=][,gid=][,mode=]`, or all of it as KEY=VALUE with `source`. Throws `invalid`. */
export function parseSecret(text: string): SecretUse {
  const [first = "", ...others] = csvFields(text);
  const named = first.includes("=");
  const fields = new Map((named ? [first, ...others] : others).map((field) => fieldOf(text, field)));
  const secret = named ? (fields.get("source") ?? fields.get("src") ?? "") : first;
  if (secret === "") throw badSecret(text, 'it names no secret: write NAME, or "source=NAME"');
  const target = fields.get("target") ?? fields.get("dst") ?? secret;
  if (target === "" || target.includes("\0")) throw badSecret(text, "its target is no name");
  const type = fields.get("type") ?? "mount";
  if (type === "env") return variableOf(text, { secret, target, fields });
  if (type !== "mount") throw badSecret(text, `type "${type}" is neither mount nor env`);
  return {
    secret,
    type,
    // A relative one lies in the folder; none climbs above the root.
    target: posix.resolve(FOLDER, target),
    uid: idOf(text, fields, "uid"),
    gid: idOf(text, fields, "gid"),
    mode: modeOf(text, fields.get("mode")),
  };
}

type Parts = { readonly secret: string; readonly target: string; readonly fields: ReadonlyMap<string, string> };

function variableOf(text: string, { secret, target, fields }: Parts): SecretUse {
  const useless = ["uid", "gid", "mode"].find((key) => fields.has(key));
  if (useless !== undefined) throw badSecret(text, "uid, gid and mode cannot be set with the type env");
  if (target.includes("=")) throw badSecret(text, `"${target}" is no name of a variable`);
  return { secret, type: "env", variable: target };
}

function fieldOf(text: string, field: string): [string, string] {
  const equals = field.indexOf("=");
  const key = field.slice(0, Math.max(equals, 0)).toLowerCase();
  if (KEYS.has(key)) return [key, field.slice(equals + 1)];
  throw badSecret(text, `"${field}" is none of type=, target=, uid=, gid=, mode=`);
}

function idOf(text: string, fields: ReadonlyMap<string, string>, key: string): number {
  const value = fields.get(key) ?? "0";
  if (/^\d{1,10}$/.test(value) && Number(value) < 0xffff_ffff) return Number(value);
  throw badSecret(text, `${key} "${value}" is no id`);
}

function modeOf(text: string, value: string | undefined): number {
  if (value === undefined) return DEFAULT_MODE;
  if (/^[0-7]{1,4}$/.test(value)) return Number.parseInt(value, 8);
  throw badSecret(text, `mode "${value}" is no octal number`);
}

function badSecret(text: string, why: string): Error {
  return badOption("--secret", text, "NAME[,KEY=VALUE...]", why);
}
