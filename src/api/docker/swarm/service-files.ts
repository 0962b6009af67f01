import { posix } from "node:path";
import type { FileKind, FileUse } from "../../../cluster/model/file.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Fields } from "../fields.ts";

const WORDS = { secret: "Secret", config: "Config" } as const satisfies Record<FileKind, string>;
const DEFAULT_MODE = 0o444;

/** The secrets and configs of a service's spec. Throws 400. */
export function filesOf(container: Fields): FileUse[] {
  return (["secret", "config"] as const).flatMap((kind) =>
    container.list(`${WORDS[kind]}s`).map((use) => fileUse(kind, use)),
  );
}

function fileUse(kind: FileKind, use: Fields): FileUse {
  const word = WORDS[kind];
  const file = use.fields("File");
  const id = use.text(`${word}ID`);
  if (id === undefined) throw badRequest(`malformed ${kind} reference: ${word}ID is missing`);
  if (use.has("Runtime")) throw badRequest(`a ${kind} that is no file is not supported: Runtime`);
  const name = use.text(`${word}Name`) ?? "";
  const target = posix.resolve(kind === "secret" ? "/run/secrets" : "/", file.text("Name") ?? name);
  const owner = { uid: idOf(file, "UID"), gid: idOf(file, "GID") };
  return { kind, id, name, target, ...owner, mode: file.integer("Mode") ?? DEFAULT_MODE };
}

function idOf(file: Fields, key: string): number {
  const text = file.text(key) ?? "0";
  if (/^\d{1,10}$/.test(text) && Number(text) < 0xffff_ffff) return Number(text);
  throw badRequest(`invalid ${key}: "${text}" is no id`);
}
