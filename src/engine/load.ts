import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Members, openMembers } from "../image/archive/members.ts";
import { type ArchivedImage, archivedImages } from "../image/archive/open-archive.ts";
import { EstibaError } from "../lib/error.ts";
import { withProgress } from "../lib/with-progress.ts";
import { hostPlatform, type Platform } from "../oci/platform.ts";
import { isQualified, parseReference, qualify, repositoryOf, storedName } from "../oci/reference.ts";
import type { ImageRecord } from "../state/images.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { receiveImage } from "./receive-image.ts";
import type { Arrival, ImageProgress } from "./receive-layers.ts";
import { demandsOnFile } from "./trust.ts";

type LoadOptions = {
  readonly platform?: Platform | undefined;
  /** A full name, in place of those in the archive; for one that has one image. */
  readonly name?: string | undefined;
  readonly signal: AbortSignal;
};

/** An image that was loaded and the full names it has got; none when it was saved without. */
export type LoadedImage = { image: ImageRecord; names: string[] };

/**
 * Loads every image of a Docker archive, an OCI archive or an OCI layout folder; the archive may be compressed. Each image arrives whole or
 * not at all; those before a damaged one stay. Throws `corrupt` (`image.bad_archive`), `exhausted`, `cancelled`.
 */
export async function* loadImages(
  engine: Engine,
  input: { path: string } | { stream: AsyncIterable<Uint8Array> },
  options: LoadOptions,
): AsyncGenerator<ImageProgress, LoadedImage[], undefined> {
  return yield* withProgress<ImageProgress, LoadedImage[]>(options.signal, async (report, signal) => {
    using members = await openMembers(input, engine.paths);
    demandsOnFile(transportOf(input, members), "path" in input ? resolve(input.path) : "");
    const loaded: LoadedImage[] = [];
    for (const archived of await archivedImages(members, options.platform ?? hostPlatform())) {
      const { name } = options;
      const renamed = name === undefined ? archived : { ...archived, names: [name] };
      loaded.push(await receiveArchived(engine, renamed, { signal, report }));
    }
    return loaded;
  });
}

type Receiving = Pick<Arrival, "signal" | "report">;

async function receiveArchived(engine: Engine, archived: ArchivedImage, receiving: Receiving): Promise<LoadedImage> {
  const references = namesOf(archived);
  const { source } = archived;
  const names = references.map(storedName);
  const repoDigests = references.map((reference) => ({
    repository: repositoryOf(reference),
    digest: source.manifestDigest,
  }));
  const image = await receiveImage(engine, { source, names, repoDigests, ...receiving });
  emitEvent(engine, { type: "image", action: "loadFromArchive", id: image.id, name: names[0] ?? image.id });
  return { image, names };
}

/**
 * Brings one image of a folder or an archive into the store: that of a name, tag or digest, or the only one there is; under the names that
 * it has there only where `named`. Throws
 * `not_found` (`image.not_in_layout`), `corrupt`, `exhausted`, `cancelled`.
 */
export async function* loadOne(
  engine: Engine,
  path: string,
  options: LoadOptions & { readonly wanted: string | undefined; readonly named: boolean },
): AsyncGenerator<ImageProgress, ImageRecord, undefined> {
  return yield* withProgress<ImageProgress, ImageRecord>(options.signal, async (report, signal) => {
    using members = await openMembers({ path }, engine.paths);
    demandsOnFile(transportOf({ path }, members), resolve(path));
    const { wanted } = options;
    const all = await archivedImages(members, options.platform ?? hostPlatform());
    const found = all.filter(
      ({ names, source }) =>
        wanted === undefined ||
        source.manifestDigest === wanted ||
        names.some((name) => name === wanted || name.endsWith(`:${wanted}`) || name.endsWith(`/${wanted}`)),
    );
    const [only, second] = found;
    if (only === undefined || second !== undefined) throw notInLayout(path, wanted, all);
    const archived = options.named ? only : { ...only, names: [] };
    return (await receiveArchived(engine, archived, { signal, report })).image;
  });
}

function notInLayout(path: string, wanted: string | undefined, all: readonly ArchivedImage[]): EstibaError {
  return new EstibaError("not_found", {
    reason: "image.not_in_layout",
    what: wanted === undefined ? `"${path}" has several images` : `"${path}" has not one image "${wanted}"`,
    fix: `name one of: ${all.flatMap(({ names, source }) => names[0] ?? source.manifestDigest).join(", ")}`,
  });
}

/** What containers-policy.json(5) calls such an input. */
function transportOf(input: { path: string } | object, members: Members): string {
  if (members.size("version") !== undefined && members.size("oci-layout") === undefined) return "dir";
  if (members.size("oci-layout") === undefined) return "docker-archive";
  return "path" in input && statSync(input.path).isDirectory() ? "oci" : "oci-archive";
}

function namesOf({ names, shortNamesAt }: ArchivedImage) {
  return names.map((name) => {
    const reference = parseReference(name);
    return isQualified(reference) ? reference : qualify(reference, shortNamesAt);
  });
}
