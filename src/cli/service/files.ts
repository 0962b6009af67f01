import type { NodeClient } from "../../cluster/door/client.ts";
import type { FileSummary } from "../../cluster/door/wire.ts";
import type { FileKind, FileUse } from "../../cluster/model/file.ts";
import { badOption } from "../container/bad-option.ts";
import { parseFileUse } from "../container/secret-option.ts";

type Asked = { readonly secret: readonly string[]; readonly config: readonly string[] };

/** What `--secret` and `--config` of a service ask for, with the versions that there are now. Throws `not_found`, `invalid`. */
export async function filesOf(
  ask: NodeClient,
  asked: Asked,
  options: Readonly<Record<FileKind, string>>,
): Promise<FileUse[]> {
  const uses: FileUse[] = [];
  for (const kind of ["secret", "config"] as const)
    for (const text of asked[kind]) uses.push(await fileUse(ask, kind, { option: options[kind], text }));
  return uses;
}

async function fileUse(
  ask: NodeClient,
  kind: FileKind,
  { option, text }: { option: string; text: string },
): Promise<FileUse> {
  const use = parseFileUse(text, { option, folder: kind === "secret" ? "/run/secrets" : "/" });
  if (use.type === "env") throw badOption(option, text, "a file", "tasks have secrets as files only");
  const { id, name } = await ask<FileSummary>("GET", `/files/${kind}/${encodeURIComponent(use.secret)}`);
  const { target, uid, gid, mode } = use;
  return { kind, id, name, target, uid, gid, mode };
}

type Changes = { readonly added: readonly FileUse[]; readonly removed: Readonly<Record<FileKind, readonly string[]>> };

/** A service's files with what an update adds, in the place of what is there, and takes away by its name. */
export function changedFiles(before: readonly FileUse[], { added, removed }: Changes): readonly FileUse[] {
  const kept = before.filter(
    ({ kind, name, id, target }) =>
      !removed[kind].some((text) => text === name || text === id) && !added.some((use) => use.target === target),
  );
  return [...kept, ...added];
}
