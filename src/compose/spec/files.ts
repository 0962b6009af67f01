import { readFileSync, statSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";
import type { SecretUse } from "../../state/spec/secrets.ts";
import type { Loaded } from "../load.ts";
import type { FileObject } from "../project.ts";
import type { FileReference, Service } from "../service.ts";
import type { SpecContext } from "./context.ts";

type Kind = "secrets" | "configs";

/** A secret or config whose text is copied into containers: the engine keeps it as a secret of the project. */
export type CopiedFile = {
  readonly name: string;
  readonly data: Buffer;
  /** What the file says of it. */
  readonly labels: Readonly<Record<string, string>>;
};

const DEFAULT_MODE = 0o444;

type FilePart = { readonly mounts: MountSpec[]; readonly secrets: SecretUse[] };

/**
 * How a service gets its secrets and configs. A file of the host is bound as it is, so that a change shows at once; with uid, gid or mode,
 * or from a variable or a text of the project, it is a copy with these.
 */
export function filePart({ loaded, service }: SpecContext): FilePart {
  const uses = usesOf(loaded, service);
  return {
    mounts: uses.flatMap(({ kind, use, object }): MountSpec[] => {
      const source = boundSource(loaded, { kind, use, object });
      if (source === undefined) return [];
      const target = targetOf(kind, use);
      return [{ type: "bind", source, target, readOnly: true, propagation: "rprivate", recursive: true }];
    }),
    secrets: uses.flatMap(({ kind, use, object }): SecretUse[] => {
      if (boundSource(loaded, { kind, use, object }) !== undefined) return [];
      const owner = { uid: Number(use.uid ?? 0), gid: Number(use.gid ?? 0), mode: use.mode ?? DEFAULT_MODE };
      return [{ type: "mount", secret: object.name, target: targetOf(kind, use), ...owner }];
    }),
  };
}

/** The texts that a service's containers get copies of, by the names they are kept under. Throws `not_found` for a missing file. */
export function copiedFiles(loaded: Loaded, service: Service): CopiedFile[] {
  return usesOf(loaded, service).flatMap(({ kind, use, object }) =>
    object.external === true || boundSource(loaded, { kind, use, object }) !== undefined
      ? []
      : [
          {
            name: object.name,
            data: dataOf(loaded, { kind, key: use.source, object }),
            labels: object.labels ?? {},
          },
        ],
  );
}

type Use = { readonly kind: Kind; readonly use: FileReference; readonly object: FileObject };

function usesOf({ project }: Loaded, service: Service): Use[] {
  return (["secrets", "configs"] as const).flatMap((kind) =>
    (service[kind] ?? []).flatMap((use): Use[] => {
      const object = project[kind][use.source];
      return object === undefined ? [] : [{ kind, use, object }];
    }),
  );
}

function targetOf(kind: Kind, { source, target }: FileReference): string {
  if (kind === "configs") return target ?? `/${source}`;
  if (target === undefined) return `/run/secrets/${source}`;
  return target.startsWith("/") ? target : `/run/secrets/${target}`;
}

/** The file of the host that is bound, where that will do. The engine keeps no empty secret: that is a file that is always empty. */
function boundSource(loaded: Loaded, { kind, use, object }: Use): string | undefined {
  const { uid, gid, mode, source: key } = use;
  if (object.external === true) return undefined;
  const plain = uid === undefined && gid === undefined && mode === undefined;
  if (object.file !== undefined) return plain ? object.file : undefined;
  return dataOf(loaded, { kind, key, object }).length === 0 ? "/dev/null" : undefined;
}

type Named = { readonly kind: Kind; readonly key: string; readonly object: FileObject };

/** The text of a secret or config that is not external. Throws `not_found` for a missing file or variable. */
export function dataOf(loaded: Loaded, { kind, key, object }: Named): Buffer {
  if (object.content !== undefined) return Buffer.from(object.content);
  if (object.environment !== undefined) {
    const value = loaded.environment[object.environment];
    if (value !== undefined) return Buffer.from(value);
    throw nothingThere(loaded, [kind, key], {
      reason: "compose.no_variable_to_copy",
      what: `environment variable "${object.environment}" required by ${kind.slice(0, -1)} "${key}" is not set`,
      fix: "set it, to nothing if it is to be empty",
    });
  }
  try {
    if (statSync(object.file ?? "").isFile()) return readFileSync(object.file ?? "");
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTDIR")) throw error;
  }
  throw nothingThere(loaded, [kind, key], {
    reason: "compose.no_file_to_copy",
    what: `${kind}.${key}: there is no file "${object.file ?? ""}"`,
  });
}

type Parts = { readonly reason: string; readonly what: string; readonly fix?: string };

function nothingThere({ sources }: Loaded, path: readonly string[], parts: Parts): EstibaError {
  const origin = sources.of(path);
  return origin === undefined
    ? new EstibaError("not_found", parts)
    : problemAt(origin, { ...parts, code: "not_found" });
}
