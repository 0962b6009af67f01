import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseSize } from "../../lib/size.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";
import type { RunStep } from "../plan/step.ts";
import type { SourceTree } from "./sources.ts";

/** The mounts of a RUN, ready; disposing lets go of what they hold. `digest` is of all that its result depends on. */
export type RunMounts = Disposable & { readonly specs: readonly MountSpec[]; readonly digest: string };

type MountHelp = {
  readonly signal: AbortSignal;
  readonly tree: (from: string | undefined) => Promise<SourceTree & Disposable>;
  readonly rootFolders: readonly string[];
};

/** Prepares the `--mount` options of a RUN. Throws `invalid` for a malformed one. */
export async function resolveRunMounts(engine: Engine, step: RunStep, _help: MountHelp): Promise<RunMounts> {
  const specs: MountSpec[] = [];
  for (const text of step.mounts) {
    await Promise.resolve();
    const fields = fieldsOf(text);
    const target = targetOf(fields, step.cwd, text);
    const type = fields.get("type") ?? "bind";
    if (type === "tmpfs") {
      const size = fields.get("size");
      const bytes = size === undefined ? undefined : parseSize(size);
      if (size !== undefined && bytes === undefined) throw badMount(text, `"${size}" is no size`);
      specs.push({ type: "tmpfs", target, readOnly: false, options: bytes === undefined ? [] : [`size=${bytes}`] });
    } else if (type === "cache") {
      const id = fields.get("id") ?? target;
      const name = createHash("sha256").update(id).digest("hex");
      const source = join(engine.paths.cache, "mounts", name);
      mkdirSync(source, { recursive: true, mode: 0o755 });
      const readOnly = isOn(fields, "ro", "readonly");
      specs.push({ type: "bind", source, target, readOnly, propagation: "rprivate", recursive: false });
    } else throw badMount(text, `the type "${type}" is not supported yet`);
  }
  return {
    specs,
    digest: createHash("sha256").update(JSON.stringify(step.mounts)).digest("hex"),
    [Symbol.dispose]: () => {},
  };
}

function fieldsOf(text: string): Map<string, string> {
  return new Map(
    text.split(",").map((field) => {
      const equals = field.indexOf("=");
      return equals < 0
        ? [field.toLowerCase(), "true"]
        : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
    }),
  );
}

function targetOf(fields: ReadonlyMap<string, string>, cwd: string, text: string): string {
  const target = fields.get("target") ?? fields.get("dst") ?? fields.get("destination");
  if (target === undefined) throw badMount(text, "it has no target");
  return target.startsWith("/") ? target : `${cwd}/${target}`;
}

function isOn(fields: ReadonlyMap<string, string>, ...names: string[]): boolean {
  return names.some((name) => fields.get(name) === "true");
}

function badMount(text: string, why: string): EstibaError {
  return new EstibaError("invalid", { reason: "build.bad_mount", what: `--mount=${text}: ${why}` });
}
