import { imageHistory } from "../../../engine/history.ts";
import { inspectImage, layerFolders } from "../../../engine/inspect-image.ts";
import { type ImageSummary, listImages as summaries } from "../../../engine/list-images.ts";
import { pruneImages } from "../../../engine/prune-images.ts";
import { removeImage } from "../../../engine/remove-image.ts";
import { tagImage } from "../../../engine/tag.ts";
import { isEstibaError } from "../../../lib/error.ts";
import { imageById } from "../../../state/images.ts";
import { dockerImage, dockerImageRow } from "../../../views/docker/image.ts";
import { familiarName } from "../../../views/docker/image-name.ts";
import { ApiError, badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { checkFilters } from "../filters.ts";
import { dockersName, namedImage } from "./find.ts";

/** `GET /images/json` */
export function listImages({ engine, query }: Call): Reply {
  const filters = query.filters();
  checkFilters(filters, ["before", "dangling", "label", "reference", "since", "until"]);
  try {
    return ok(
      summaries(engine, { all: query.flag("all"), filters }).map((image) => dockerImageRow(onlyMeant(image, filters))),
    );
  } catch (error) {
    // Of an image named by `before` or `since`.
    if (isEstibaError(error, "not_found")) throw badRequest(error.message);
    throw error;
  }
}

// Of an image with several names, only those that were asked for.
function onlyMeant(image: ImageSummary, filters: readonly string[]): ImageSummary {
  const patterns = filters.flatMap((text) => (text.startsWith("reference=") ? [text.slice("reference=".length)] : []));
  if (patterns.length === 0) return image;
  const names = image.names.filter((name) => {
    const forms = [name, familiarName(name)].flatMap((form) => [form, form.replace(/:[^:/]*$/, "")]);
    return patterns.some((pattern) => forms.some((form) => new Bun.Glob(pattern).match(form)));
  });
  if (names.length === 0) return image;
  const repositories = new Set(names.map((name) => name.replace(/:[^:/]*$/, "")));
  const repoDigests = image.repoDigests.filter((text) => repositories.has(text.split("@")[0] ?? ""));
  return { ...image, names, repoDigests };
}

/** `GET /images/{name}/json` */
export function inspect(call: Call): Reply {
  const { image } = namedImage(call);
  return ok(dockerImage(inspectImage(call.engine, image.id), layerFolders(call.engine, image)));
}

/** `GET /images/{name}/history` */
export function history(call: Call): Reply {
  const steps = imageHistory(call.engine, namedImage(call).image.id);
  return ok(
    steps.map(({ imageId, created, createdBy, names, sizeBytes, comment }) => ({
      Id: imageId === undefined ? "<missing>" : `sha256:${imageId}`,
      Created: Math.floor(Date.parse(created ?? "") / 1000) || 0,
      CreatedBy: createdBy ?? "",
      Tags: names.length === 0 ? null : names.map(familiarName),
      Size: sizeBytes,
      Comment: comment ?? "",
    })),
  );
}

/** `POST /images/{name}/tag` */
export function tag(call: Call): Reply {
  const { image } = namedImage(call);
  const repository = call.query.text("repo");
  if (repository === undefined) throw badRequest("invalid reference format: the parameter repo is missing");
  tagImage(call.engine, image.id, [dockersName(repository, call.query.text("tag"))]);
  return { status: 201 };
}

/** `DELETE /images/{name}`. Containers stay, whatever is forced: unlike Podman's, Docker's clients do not expect them to go. */
export async function remove(call: Call): Promise<Reply> {
  const { image, by, name } = namedImage(call);
  try {
    const wanted = by === "id" ? image.id : (name ?? image.id);
    const { untagged, deleted } = await removeImage(call.engine, wanted, {
      force: false,
      allNames: call.query.flag("force"),
    });
    return ok([
      ...untagged.map((text) => ({ Untagged: familiarName(text) })),
      ...(deleted === undefined ? [] : [{ Deleted: `sha256:${deleted}` }]),
    ]);
  } catch (error) {
    if (!isEstibaError(error, "in_use", "conflict")) throw error;
    const text = call.params["name"] ?? "";
    if (error.code === "conflict")
      throw new ApiError(
        409,
        `conflict: unable to delete ${text} (must be forced) - image is referenced in multiple repositories`,
      );
    const { containers } = error.details as { readonly containers?: readonly string[] };
    if (containers === undefined) throw error;
    const [container = ""] = containers;
    throw new ApiError(
      409,
      `conflict: unable to remove repository reference "${text}" (cannot be forced) - container ${container.slice(0, 12)} is using its referenced image ${image.id.slice(0, 12)}`,
    );
  }
}

/** `POST /images/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  const filters = query.filters();
  checkFilters(filters, ["dangling", "label", "label!", "until"]);
  const all = filters.some((text) => /^dangling=(0|false)$/i.test(text));
  const others = filters.filter((text) => !text.startsWith("dangling="));
  const sizes = new Map(summaries(engine, { all: true }).map(({ image }) => [image.id, image.sizeBytes]));
  const { ids, unownedBytes } = await pruneImages(engine, { all, filters: others });
  // What is shared with an image that stays is not free.
  const gone = ids.filter((id) => imageById(engine.store, id) === undefined);
  return ok({
    ImagesDeleted: gone.map((id) => ({ Deleted: `sha256:${id}` })),
    SpaceReclaimed: gone.reduce((sum, id) => sum + (sizes.get(id) ?? 0), unownedBytes),
  });
}
