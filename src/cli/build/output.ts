import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { openImageFiles } from "../../build/image-files.ts";
import type { Engine } from "../../engine/engine.ts";
import { prepareSave, saveArchive } from "../../engine/save.ts";
import { csvFields } from "../../lib/csv-fields.ts";
import type { ImageRecord } from "../../state/images.ts";
import { writeTree } from "../../storage/tar/write-tree.ts";
import { unpackInto } from "../../storage/unpack-into.ts";
import { badOption } from "../container/bad-option.ts";
import { writeArchive } from "../image/archive-output.ts";

/** Where the result goes besides the store: its files in a folder or an archive, or the image as an archive. */
export type BuildOutput = {
  readonly type: "local" | "tar" | "oci" | "docker" | "image";
  /** Undefined for stdout. */
  readonly path: string | undefined;
  /** Only of an image: its names, besides those of --tag, and whether it goes to their registries. */
  readonly names?: readonly string[];
  readonly push?: boolean;
};

const TYPES = ["local", "tar", "oci", "docker", "image"] as const;
const WANTED = "FOLDER, - or type=local|tar|oci|docker|image|registry[,dest=PATH][,name=NAME][,push=true]";

/** Reads `--output`: a folder, `-` for an archive of the files on stdout, or the CSV form. Throws `invalid`. */
export function outputOf(text: string): BuildOutput {
  if (text === "-") return { type: "tar", path: undefined };
  if (!text.includes("=")) return { type: "local", path: resolve(text) };
  const fields = new Map(
    csvFields(text).map((field): [string, string] => {
      const equals = field.indexOf("=");
      return equals < 0 ? [field, ""] : [field.slice(0, equals), field.slice(equals + 1)];
    }),
  );
  const registry = fields.get("type") === "registry";
  const type = registry ? "image" : TYPES.find((name) => name === fields.get("type"));
  const known = type === "image" ? ["type", "name", "push"] : ["type", "dest"];
  const unknown = [...fields.keys()].find((key) => !known.includes(key));
  const dest = fields.get("dest");
  if (type === undefined || unknown !== undefined || (type === "local" && dest === undefined))
    throw badOption("--output", text, WANTED);
  if (type === "image") {
    // BuildKit's: several names are one field, between double quotes.
    const names = (fields.get("name") ?? "").split(",").filter((name) => name !== "");
    return { type, path: undefined, names, push: registry || fields.get("push") === "true" };
  }
  return { type, path: dest === undefined || dest === "-" ? undefined : resolve(dest) };
}

/** Writes the result where it is wanted. Throws what writing there throws. */
export async function writeOutput(
  engine: Engine,
  { image, names }: { readonly image: ImageRecord; readonly names: readonly string[] },
  { type, path }: BuildOutput,
  signal: AbortSignal,
): Promise<void> {
  if (type === "image") return;
  if (type === "oci" || type === "docker") {
    await using prepared = await prepareSave(engine, names.length === 0 ? [image.id] : names, { signal });
    await writeArchive(saveArchive(engine, prepared, type === "oci" ? "oci-archive" : "docker-archive"), path);
    return;
  }
  using files = openImageFiles(engine, image);
  const archive = writeTree(files.fd, { name: "" });
  if (type === "tar" || path === undefined) await writeArchive(archive, path);
  else {
    mkdirSync(path, { recursive: true });
    await unpackInto(path, archive);
  }
}
