import { createVolume } from "../../../engine/volume/create.ts";
import { detailsOf, selectVolumes, type VolumeDetails } from "../../../engine/volume/list.ts";
import { pruneVolumes } from "../../../engine/volume/prune.ts";
import { removeVolume } from "../../../engine/volume/remove.ts";
import { isEstibaError } from "../../../lib/error.ts";
import { goTime } from "../../../lib/go-template/time.ts";
import { listVolumes as allVolumes, getVolume, type VolumeRecord } from "../../../state/volumes.ts";
import { treeSize } from "../../../storage/tree-size.ts";
import { ApiError } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { Fields } from "../fields.ts";
import { checkFilters } from "../filters.ts";

/** From here on `prune` takes only anonymous volumes, unless it is told to take all. */
const ANONYMOUS_ONLY = 42;

/** `GET /volumes` */
export function listVolumes({ engine, query }: Call): Reply {
  const filters = query.filters();
  checkFilters(filters, ["dangling", "driver", "label", "label!", "name"]);
  return ok({ Volumes: detailsOf(engine, selectVolumes(engine, filters)).map(document), Warnings: null });
}

function document({ volume, mountpoint }: VolumeDetails): Record<string, unknown> {
  const { name, createdAt, labels, anonymous, options = {} } = volume;
  return {
    CreatedAt: goTime(createdAt),
    Driver: "local",
    // How Docker's clients tell them.
    Labels: anonymous ? { "com.docker.volume.anonymous": "", ...labels } : labels,
    Mountpoint: mountpoint,
    Name: name,
    Options: options,
    Scope: "local",
  };
}

/** `POST /volumes/create`: one that is there is given back. */
export async function create(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const driver = body.text("Driver") ?? "local";
  if (driver !== "local")
    throw new ApiError(
      404,
      `create ${body.text("Name") ?? ""}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    );
  const volume = createVolume(call.engine, {
    name: body.text("Name"),
    labels: body.map("Labels"),
    options: body.map("DriverOpts"),
    ignore: true,
  });
  return { status: 201, json: documents(call, volume) };
}

function documents({ engine }: Call, volume: VolumeRecord): unknown {
  return detailsOf(engine, [volume]).map(document)[0];
}

function found({ engine, params }: Call): VolumeRecord {
  const name = params["name"] ?? "";
  const volume = getVolume(engine.store, name);
  if (volume === undefined) throw new ApiError(404, `get ${name}: no such volume`);
  return volume;
}

/** `GET /volumes/{name}` */
export function inspect(call: Call): Reply {
  return ok(documents(call, found(call)));
}

/** `DELETE /volumes/{name}` */
export async function remove(call: Call): Promise<Reply> {
  const { engine, query } = call;
  try {
    const { name } = found(call);
    await removeVolume(engine, name, { force: false });
  } catch (error) {
    // Docker's "force" is for one that is not there.
    if (query.flag("force") && error instanceof ApiError && error.status === 404) return { status: 204 };
    if (isEstibaError(error, "in_use"))
      throw new ApiError(409, `remove ${call.params["name"] ?? ""}: volume is in use - [${usersOf(error.details)}]`);
    throw error;
  }
  return { status: 204 };
}

function usersOf({ containers }: Readonly<Record<string, unknown>>): string {
  return Array.isArray(containers) ? containers.join(", ") : "";
}

/** `POST /volumes/prune` */
export async function prune({ engine, query, version }: Call): Promise<Reply> {
  const filters = query.filters();
  checkFilters(filters, ["all", "label", "label!"]);
  const all = version < ANONYMOUS_ONLY || filters.some((text) => /^all=(1|true)$/i.test(text));
  const others = filters.filter((text) => !text.startsWith("all="));
  const sizes = new Map(
    detailsOf(engine, allVolumes(engine.store)).map(({ volume, mountpoint }) => [volume.name, treeSize(mountpoint)]),
  );
  const removed = await pruneVolumes(engine, all ? others : [...others, "anonymous=true"]);
  return ok({
    VolumesDeleted: removed,
    SpaceReclaimed: removed.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0),
  });
}
