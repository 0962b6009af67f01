import { posix } from "node:path";
import { csvFields } from "../../lib/csv-fields.ts";
import type { SecretUse } from "../../state/spec/secrets.ts";
import { badOption } from "./bad-option.ts";

const SECRET: Kind = { option: "--secret", folder: "/run/secrets" };
const DEFAULT_MODE = 0o444;
const KEYS: ReadonlySet<string> = new Set(["source", "src", "type", "target", "dst", "uid", "gid", "mode"]);

/** What a file for a container is called, and where it lies when it is not said. */
type Kind = { readonly option: string; readonly folder: string };

/** One as it was typed. */
type Given = { readonly option: string; readonly text: string };

/** {@link parseFileUse} of `--secret`. */
export function parseSecret(text: string): SecretUse {
  return parseFileUse(text, SECRET);
}

/** `NAME[,type=mount|env][,target=][,uid=][,gid=][,mode=]`, or all of it as KEY=VALUE with `source`. Throws `invalid`. */
export function parseFileUse(text: string, { option, folder }: Kind): SecretUse {
  const given = { option, text };
  const [first = "", ...others] = csvFields(text);
  const named = first.includes("=");
  const fields = new Map((named ? [first, ...others] : others).map((field) => fieldOf(given, field)));
  const secret = named ? (fields.get("source") ?? fields.get("src") ?? "") : first;
  if (secret === "") throw badSecret(given, 'it names nothing: write NAME, or "source=NAME"');
  const target = fields.get("target") ?? fields.get("dst") ?? secret;
  if (target === "" || target.includes("\0")) throw badSecret(given, "its target is no name");
  const type = fields.get("type") ?? "mount";
  if (type === "env") return variableOf(given, { secret, target, fields });
  if (type !== "mount") throw badSecret(given, `type "${type}" is neither mount nor env`);
  return {
    secret,
    type,
    // A relative one lies in the folder; none climbs above the root.
    target: posix.resolve(folder, target),
    uid: idOf(given, fields, "uid"),
    gid: idOf(given, fields, "gid"),
    mode: modeOf(given, fields.get("mode")),
  };
}

type Parts = { readonly secret: string; readonly target: string; readonly fields: ReadonlyMap<string, string> };

function variableOf(given: Given, { secret, target, fields }: Parts): SecretUse {
  const useless = ["uid", "gid", "mode"].find((key) => fields.has(key));
  if (useless !== undefined) throw badSecret(given, "uid, gid and mode cannot be set with the type env");
  if (target.includes("=")) throw badSecret(given, `"${target}" is no name of a variable`);
  return { secret, type: "env", variable: target };
}

function fieldOf(given: Given, field: string): [string, string] {
  const equals = field.indexOf("=");
  const key = field.slice(0, Math.max(equals, 0)).toLowerCase();
  if (KEYS.has(key)) return [key, field.slice(equals + 1)];
  throw badSecret(given, `"${field}" is none of type=, target=, uid=, gid=, mode=`);
}

function idOf(given: Given, fields: ReadonlyMap<string, string>, key: string): number {
  const value = fields.get(key) ?? "0";
  if (/^\d{1,10}$/.test(value) && Number(value) < 0xffff_ffff) return Number(value);
  throw badSecret(given, `${key} "${value}" is no id`);
}

function modeOf(given: Given, value: string | undefined): number {
  if (value === undefined) return DEFAULT_MODE;
  if (/^[0-7]{1,4}$/.test(value)) return Number.parseInt(value, 8);
  throw badSecret(given, `mode "${value}" is no octal number`);
}

function badSecret({ option, text }: Given, why: string): Error {
  return badOption(option, text, "NAME[,KEY=VALUE...]", why);
}
