import { archivePath, copyArchive } from "../../../engine/copy/copy.ts";
import { type PathStatus, statContainerPath } from "../../../engine/copy/stat.ts";
import { hasProcess, observe } from "../../../engine/status.ts";
import { isEstibaError } from "../../../lib/error.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import { libpodPathStat } from "../../../views/libpod/path-stat.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest, fromClient } from "../../http/api-error.ts";
import { parseJsonObject } from "../../http/body.ts";
import type { Call, Reply } from "../../http/call.ts";
import { type Spooled, spool } from "../../http/spool.ts";
import { namedContainer } from "../find.ts";

type Place = { readonly record: ContainerRecord; readonly path: string };

function placeOf(call: Call): Place {
  const record = namedContainer(call);
  const path = call.query.text("path");
  if (path === undefined) throw badRequest("bad parameter: path: cannot be empty");
  if (path.includes("\0")) throw badRequest("bad parameter: path: it has a NUL in it");
  return { record, path };
}

/** Clients go on with the path that the header gives: of a link where it leads, else the one that was asked for, whole. */
async function statHeaders({ engine }: Call, { record, path }: Place): Promise<Record<string, string>> {
  const found = await statContainerPath(engine, record.id, path);
  const target = await followed(engine, record, found);
  return { "X-Docker-Container-Path-Stat": libpodPathStat({ found, target, path, workdir: record.process.cwd }) };
}

// Where a link leads nowhere, there is nothing to say of it.
async function followed(
  engine: Call["engine"],
  record: ContainerRecord,
  found: PathStatus,
): Promise<PathStatus | undefined> {
  if (found.linkTarget === "") return found;
  try {
    return await statContainerPath(engine, record.id, found.linkTarget);
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}

/** `HEAD /libpod/containers/{name}/archive` */
export async function headArchive(call: Call): Promise<Reply> {
  return { status: 200, headers: await statHeaders(call, placeOf(call)) };
}

/** `GET /libpod/containers/{name}/archive` */
export async function getArchive(call: Call): Promise<Reply> {
  const place = placeOf(call);
  return {
    status: 200,
    type: "application/x-tar",
    headers: await statHeaders(call, place),
    stream: archivePath(call.engine, { container: place.record.id, path: place.path }, { follow: true }),
  };
}

/** `PUT /libpod/containers/{name}/archive` */
export async function putArchive(call: Call): Promise<Reply> {
  const { record, path } = placeOf(call);
  const { query, engine } = call;
  const rename = new Fields(parseJsonObject(`{"rename":${query.text("rename") ?? "null"}}`)).map("rename");
  const keepsFolders = query.flag("noOverwriteDirNonDir") || query.flag("nooverwritedirnondir");
  const options = { archive: query.flag("copyUIDGID", true), overwrite: !keepsFolders, rename };
  using body = await bodyFor(call, record);
  const pieces = body.pieces();
  await fromClient(async () => await copyArchive(engine, pieces, { container: record.id, path }, options));
  return { status: 200 };
}

/** The files of one that does not run are locked: a client that copies from it to itself would wait for us, and we for it. */
async function bodyFor({ engine, body }: Call, record: ContainerRecord): Promise<Spooled> {
  if (!hasProcess(observe(engine, record))) return await spool(body);
  return { pieces: () => body, [Symbol.dispose]: () => undefined };
}
