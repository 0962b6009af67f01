import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { SecretSource } from "../../build/secrets.ts";
import { csvFields } from "../../lib/csv-fields.ts";
import { badOption } from "../container/bad-option.ts";

/** `--secret id=ID[,src=FILE|,env=NAME][,type=file|env]`; without a source, a variable of that name, else a file. Throws `invalid`. */
export function secretOf(text: string): [string, SecretSource] {
  const fields = new Map(
    csvFields(text).map((field): [string, string] => {
      const equals = field.indexOf("=");
      return equals < 0 ? [field, ""] : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
    }),
  );
  const [id, type] = [fields.get("id"), fields.get("type")];
  const file = fields.get("src") ?? fields.get("source");
  const variable = fields.get("env");
  const unknown = [...fields.keys()].find((key) => !["id", "type", "src", "source", "env"].includes(key));
  if (id === undefined || id === "" || unknown !== undefined || (type !== undefined && !["file", "env"].includes(type)))
    throw badOption("--secret", "...", "id=ID,src=FILE or id=ID,env=NAME");
  if (variable !== undefined) return [id, { variable }];
  if (file !== undefined) return [id, type === "env" ? { variable: file } : { file: resolve(file) }];
  return [id, type !== "file" && process.env[id] !== undefined ? { variable: id } : { file: resolve(id) }];
}

/** `--ssh default` or `ID=SOCKET`. Throws `invalid` for what is no socket: keys are for an agent to keep. */
export function socketOf(text: string): [string, string] {
  const equals = text.indexOf("=");
  const id = equals < 0 ? text : text.slice(0, equals);
  const socket = equals < 0 ? process.env["SSH_AUTH_SOCK"] : resolve(text.slice(equals + 1));
  if (socket === undefined || socket === "")
    throw badOption("--ssh", text, "of use: SSH_AUTH_SOCK is not set", "start an agent: ssh-agent");
  if (statSync(socket, { throwIfNoEntry: false })?.isSocket() === true) return [id, socket];
  throw badOption("--ssh", text, "the socket of an agent", "keys are given to it: ssh-add FILE");
}
