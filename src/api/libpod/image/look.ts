import { findImage } from "../../../engine/find-image.ts";
import { imageHistory } from "../../../engine/history.ts";
import { dependentTree, imageTree } from "../../../engine/image-tree.ts";
import { inspectImage, layerFolders, manifestTypeOf } from "../../../engine/inspect-image.ts";
import { listImages as summaries } from "../../../engine/list-images.ts";
import { formatUsage } from "../../../lib/size.ts";
import { imageInspectJson, imageSummaryJson } from "../../../views/image.ts";
import { treeLines } from "../../../views/image-tree.ts";
import { type Call, done, ok, type Reply } from "../../http/call.ts";

/** `GET /libpod/images/json` */
export function listImages({ engine, query }: Call): Reply {
  const found = summaries(engine, { all: query.flag("all"), filters: query.filters() });
  return ok(
    found
      .toSorted((a, b) => b.image.createdAtMs - a.image.createdAtMs)
      .map((summary) => imageSummaryJson(summary, summary.containers)),
  );
}

/** `GET /libpod/images/{name}/json` */
export async function inspect({ engine, params }: Call): Promise<Reply> {
  const { image } = findImage(engine, params["name"] ?? "");
  const details = inspectImage(engine, image.id);
  const type = await manifestTypeOf(engine, details.image);
  return ok(imageInspectJson(details, layerFolders(engine, details.image), type));
}

/** `GET /libpod/images/{name}/exists` */
export function exists({ engine, params }: Call): Reply {
  findImage(engine, params["name"] ?? "");
  return done();
}

/** `GET /libpod/images/{name}/history` */
export function history({ engine, params }: Call): Reply {
  const steps = imageHistory(engine, params["name"] ?? "");
  return ok(
    steps.map(({ imageId, created, createdBy, names, sizeBytes, comment }) => ({
      Id: imageId ?? "<missing>",
      Created: Math.floor(Date.parse(created ?? "") / 1000) || 0,
      CreatedBy: createdBy ?? "",
      Tags: names.length === 0 ? null : names,
      Size: sizeBytes,
      Comment: comment ?? "",
    })),
  );
}

/** `GET /libpod/images/{name}/tree` */
export function tree({ engine, params, query }: Call): Reply {
  const look = query.flag("whatrequires") ? dependentTree : imageTree;
  const { details, root } = look(engine, params["name"] ?? "");
  const lines = [
    `Image ID: ${details.image.id.slice(0, 12)}`,
    `Tags:     [${details.names.join(" ")}]`,
    `Size:     ${formatUsage(details.image.sizeBytes)}`,
    "Image Layers",
    ...treeLines(root),
  ];
  return ok({ Tree: `${lines.join("\n")}\n` });
}
