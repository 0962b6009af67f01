import { posix } from "node:path";
import type { Loaded } from "../../compose/load.ts";
import type { FileReference, Service } from "../../compose/service.ts";
import { dataOf } from "../../compose/spec/files.ts";
import type { NodeClient } from "../door/client.ts";
import type { FileSummary } from "../door/wire.ts";
import type { FileKind, FileUse } from "../model/file.ts";
import { STACK_LABELS } from "./names.ts";

const KINDS = { secret: "secrets", config: "configs" } as const satisfies Record<FileKind, string>;
const DEFAULT_MODE = 0o444;

/** The versions of a stack's secrets and configs, by `secrets.KEY` and `configs.KEY`. */
export type StackFiles = ReadonlyMap<string, Pick<FileSummary, "id" | "name">>;

/**
 * Has the cluster keep the secrets and configs of a stack; those that say something else now get a new version, which their services are
 * updated to. External ones must be there. Throws `not_found`.
 */
export async function keepFiles(ask: NodeClient, loaded: Loaded): Promise<StackFiles> {
  const { project } = loaded;
  const kept = new Map<string, FileSummary>();
  for (const kind of ["secret", "config"] as const) {
    for (const [key, object] of Object.entries(project[KINDS[kind]])) {
      const path = `/files/${kind}`;
      const file =
        object.external === true
          ? await ask<FileSummary>("GET", `${path}/${encodeURIComponent(object.name)}`)
          : await ask<FileSummary>("POST", path, {
              name: object.name,
              labels: { ...object.labels, [STACK_LABELS.stack]: project.name },
              data: dataOf(loaded, { kind: KINDS[kind], key, object }).toString("base64"),
              existing: "replace",
            });
      kept.set(`${KINDS[kind]}.${key}`, file);
    }
  }
  return kept;
}

/** What of them a service's tasks have. */
export function filesOfService(service: Service, files: StackFiles): FileUse[] {
  return (["secret", "config"] as const).flatMap((kind) =>
    (service[KINDS[kind]] ?? []).flatMap((use) => {
      const file = files.get(`${KINDS[kind]}.${use.source}`);
      return file === undefined ? [] : [useOf(kind, use, file)];
    }),
  );
}

function useOf(
  kind: FileKind,
  { source, target = source, uid, gid, mode }: FileReference,
  { id, name }: Pick<FileSummary, "id" | "name">,
): FileUse {
  const folder = kind === "secret" ? "/run/secrets" : "/";
  const owner = { uid: Number(uid ?? 0), gid: Number(gid ?? 0), mode: mode ?? DEFAULT_MODE };
  return { kind, id, name, target: posix.resolve(folder, target), ...owner };
}
