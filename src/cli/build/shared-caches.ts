import { resolve } from "node:path";
import { folderCache, folderCacheTarget } from "../../build/shared-cache/folder.ts";
import { registryCache, registryCacheTarget } from "../../build/shared-cache/registry.ts";
import type { SharedCache, SharedCacheTarget } from "../../build/shared-cache/shared-cache.ts";
import type { RegistryOptions } from "../../engine/registry-session.ts";
import { csvFields } from "../../lib/csv-fields.ts";
import { badOption } from "../container/bad-option.ts";
import type { Cli } from "../context.ts";

type Place = { readonly repository: string } | { readonly folder: string };

/** The places of --cache-from. Throws `invalid`. */
export function cachesFrom(list: readonly string[], options: RegistryOptions): SharedCache[] {
  return list.map((text) => {
    const place = placeOf("--cache-from", text, "src");
    return "folder" in place ? folderCache(place.folder) : registryCache(place.repository, options);
  });
}

/** The places of --cache-to. Throws `invalid`. */
export function cachesTo(
  cli: Pick<Cli, "engine">,
  list: readonly string[],
  options: RegistryOptions,
): SharedCacheTarget[] {
  return list.flatMap((text) => {
    if (isInline(text)) return [];
    const place = placeOf("--cache-to", text, "dest");
    return "folder" in place
      ? folderCacheTarget(cli.engine(), place.folder)
      : registryCacheTarget(cli.engine(), place.repository, options);
  });
}

/** The image itself is the place; it has the steps of its own layers, which Docker calls min. */
export function isInline(text: string): boolean {
  return ["type=inline", "type=inline,mode=min"].includes(text);
}

/** A repository alone, as Podman has it, or fields, as Docker has them. */
function placeOf(option: string, text: string, folderKey: "src" | "dest"): Place {
  const wanted = `REGISTRY/NAME, type=registry,ref=REGISTRY/NAME${folderKey === "dest" ? ", type=inline" : ""} or type=local,${folderKey}=FOLDER`;
  if (!text.includes("=")) return { repository: text };
  const fields = new Map(
    csvFields(text).map((field): [string, string] => {
      const equals = field.indexOf("=");
      return equals < 0 ? [field, ""] : [field.slice(0, equals), field.slice(equals + 1)];
    }),
  );
  // All steps are sent, which Docker calls max.
  const mode = fields.get("mode") ?? "max";
  if (mode !== "max") throw badOption(option, text, "mode=max: all steps are sent, or none");
  const type = fields.get("type") ?? "registry";
  const ref = fields.get("ref");
  const folder = fields.get(folderKey);
  const unknown = [...fields.keys()].filter((key) => !["type", "mode", "ref", folderKey].includes(key));
  if (unknown.length > 0) throw badOption(option, text, wanted);
  if (type === "registry" && ref !== undefined) return { repository: ref };
  if (type === "local" && folder !== undefined) return { folder: resolve(folder) };
  throw badOption(option, text, wanted);
}
