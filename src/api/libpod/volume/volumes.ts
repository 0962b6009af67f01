import { exportVolume, importVolume } from "../../../engine/volume/archive.ts";
import { createVolume } from "../../../engine/volume/create.ts";
import { detailsOf, inspectVolume, selectVolumes } from "../../../engine/volume/list.ts";
import { pruneVolumes } from "../../../engine/volume/prune.ts";
import { removeVolume } from "../../../engine/volume/remove.ts";
import { listVolumes as allVolumes } from "../../../state/volumes.ts";
import { treeSize } from "../../../storage/tree-size.ts";
import { volumeDocument } from "../../../views/volume.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest, fromClient } from "../../http/api-error.ts";
import { type Call, done, ok, type Reply } from "../../http/call.ts";

/** `GET /libpod/volumes/json` */
export function listVolumes({ engine, query }: Call): Reply {
  return ok(detailsOf(engine, selectVolumes(engine, query.filters())).map(volumeDocument));
}

/** `POST /libpod/volumes/create` */
export async function create(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const driver = body.text("Driver") ?? "local";
  if (driver !== "local") throw badRequest(`there is no volume driver "${driver}": local is the only one`);
  const options = body.map("Options");
  const owner = [...owned("uid", body.integer("UID")), ...owned("gid", body.integer("GID"))];
  const volume = createVolume(call.engine, {
    name: body.text("Name"),
    // Of the two, the first is the older one.
    labels: { ...body.map("Label"), ...body.map("Labels") },
    options: owner.length === 0 ? options : { ...options, o: [options["o"] ?? [], owner].flat().join(",") },
    ignore: body.flag("IgnoreIfExists") || body.flag("IgnoreIfExist"),
  });
  return { status: 201, json: detailsOf(call.engine, [volume]).map(volumeDocument)[0] };
}

function owned(key: string, id: number | undefined): string[] {
  return id === undefined ? [] : [`${key}=${id}`];
}

/** `GET /libpod/volumes/{name}/json` */
export function inspect({ engine, params }: Call): Reply {
  return ok(volumeDocument(inspectVolume(engine, params["name"] ?? "")));
}

/** `GET /libpod/volumes/{name}/exists` */
export function exists({ engine, params }: Call): Reply {
  inspectVolume(engine, params["name"] ?? "");
  return done();
}

/** `DELETE /libpod/volumes/{name}` */
export async function remove({ engine, params, query }: Call): Promise<Reply> {
  await removeVolume(engine, params["name"] ?? "", {
    force: query.flag("force"),
    timeoutSeconds: query.integer("timeout"),
  });
  return done();
}

/** `GET /libpod/volumes/{name}/export` */
export function exportFiles({ engine, params }: Call): Reply {
  const { volume } = inspectVolume(engine, params["name"] ?? "");
  return { status: 200, type: "application/x-tar", stream: exportVolume(engine, volume.name) };
}

/** `POST /libpod/volumes/{name}/import`: an archive, over what is there. */
export async function importFiles({ engine, params, body }: Call): Promise<Reply> {
  await fromClient(async () => await importVolume(engine, params["name"] ?? "", body));
  return done();
}

/** `POST /libpod/volumes/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  const details = detailsOf(engine, allVolumes(engine.store));
  const sizes = new Map(details.map(({ volume, mountpoint }) => [volume.name, treeSize(mountpoint)]));
  const removed = await pruneVolumes(engine, query.filters());
  return ok(removed.map((name) => ({ Id: name, Size: sizes.get(name) ?? 0 })));
}
