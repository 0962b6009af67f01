import { findImage } from "../../../engine/find-image.ts";
import { type ImageSummary, listImages } from "../../../engine/list-images.ts";
import { listId } from "../../../engine/manifest/find-list.ts";
import { removeList } from "../../../engine/manifest/remove.ts";
import { pruneImages } from "../../../engine/prune-images.ts";
import { removeImage } from "../../../engine/remove-image.ts";
import { tagImage } from "../../../engine/tag.ts";
import { untagImage } from "../../../engine/untag.ts";
import { describeError, isEstibaError } from "../../../lib/error.ts";
import { imageById } from "../../../state/images.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";

/** `POST /libpod/images/{name}/tag` */
export function tag({ engine, params, query }: Call): Reply {
  const { image } = findImage(engine, params["name"] ?? "");
  const repository = query.text("repo");
  if (repository === undefined) throw badRequest("the parameter repo is missing");
  tagImage(engine, image.id, [nameOf(repository, query.text("tag"))]);
  return { status: 201 };
}

/** `POST /libpod/images/{name}/untag`: without a name all of the image's. */
export function untag({ engine, params, query }: Call): Reply {
  const repository = query.text("repo");
  untagImage(engine, params["name"] ?? "", repository === undefined ? [] : [nameOf(repository, query.text("tag"))]);
  return { status: 201 };
}

function nameOf(repository: string, tagged: string | undefined): string {
  return tagged === undefined ? repository : `${repository}:${tagged}`;
}

/** What became of several images. */
type Removal = {
  readonly Untagged: string[];
  readonly Deleted: string[];
  readonly Errors: string[];
  ExitCode: number;
};

/** `DELETE /libpod/images/remove` */
export async function removeSeveral({ engine, query }: Call): Promise<Reply> {
  const all = query.flag("all");
  const names = all ? idsOf(listImages(engine, { all: true, filters: [] })) : query.all("images");
  const removal: Removal = { Untagged: [], Deleted: [], Errors: [], ExitCode: 0 };
  const force = query.flag("force");
  const forgive = query.flag("ignore") || force || all;
  // One after another: what one removal frees, the next may need to know.
  for (const name of names) {
    try {
      if (query.flag("lookupManifest") || query.flag("lookupmanifest")) {
        const list = removeList(engine, name);
        removal.Untagged.push(list);
        removal.Deleted.push(listId(list));
        continue;
      }
      const { untagged, deleted } = await removeImage(engine, name, { force, allNames: all });
      removal.Untagged.push(...untagged);
      if (deleted !== undefined) removal.Deleted.push(deleted);
    } catch (error) {
      if (!isEstibaError(error)) throw error;
      if (forgive && error.code === "not_found") continue;
      removal.Errors.push(describeError(error));
      // Podman's: 1 for an image that is not there, 2 for one in use.
      removal.ExitCode ||= error.code === "not_found" ? 1 : error.code === "in_use" ? 2 : 125;
    }
  }
  return ok(removal);
}

function idsOf(images: readonly ImageSummary[]): string[] {
  return images.map(({ image }) => image.id);
}

/** `DELETE /libpod/images/{name}` */
export async function remove({ engine, params, query }: Call): Promise<Reply> {
  const { untagged, deleted } = await removeImage(engine, params["name"] ?? "", { force: query.flag("force") });
  return ok({ Untagged: untagged, Deleted: deleted === undefined ? [] : [deleted], Errors: [], ExitCode: 0 });
}

/** `POST /libpod/images/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  if (query.flag("external")) throw badRequest("no other program has images in this store");
  const filters = query.filters();
  const all = query.flag("all") || filters.some((text) => /^dangling=(0|false)$/i.test(text));
  const others = filters.filter((text) => !text.startsWith("dangling="));
  const sizes = new Map(listImages(engine, { all: true, filters: [] }).map(({ image }) => [image.id, image.sizeBytes]));
  const { ids } = await pruneImages(engine, { all, filters: others });
  const gone = ids.filter((id) => imageById(engine.store, id) === undefined);
  return ok(gone.map((id) => ({ Id: id, Size: sizes.get(id) ?? 0 })));
}
