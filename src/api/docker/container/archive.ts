import { archivePath, copyArchive } from "../../../engine/copy/copy.ts";
import { statContainerPath } from "../../../engine/copy/stat.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import { pathStatHeader } from "../../../views/docker/path-stat.ts";
import { ApiError, badRequest, fromClient } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";
import { isReason, namedContainer } from "./find.ts";

const STAT_HEADER = "X-Docker-Container-Path-Stat";

type Target = { readonly record: ContainerRecord; readonly path: string };

function target(call: Call): Target {
  const record = namedContainer(call);
  const path = call.query.text("path");
  if (path === undefined) throw badRequest("bad parameter: path: cannot be empty");
  if (path.includes("\0")) throw badRequest("bad parameter: path: it has a NUL in it");
  return { record, path };
}

/** `HEAD /containers/{id}/archive` */
export async function headArchive(call: Call): Promise<Reply> {
  return { status: 200, headers: { [STAT_HEADER]: await statOf(call, target(call)) } };
}

/** `GET /containers/{id}/archive` */
export async function getArchive(call: Call): Promise<Reply> {
  const { record, path } = target(call);
  return {
    status: 200,
    type: "application/x-tar",
    headers: { [STAT_HEADER]: await statOf(call, { record, path }) },
    stream: archivePath(call.engine, { container: record.id, path }, { follow: false }),
  };
}

async function statOf(call: Call, { record, path }: Target): Promise<string> {
  try {
    return pathStatHeader(await statContainerPath(call.engine, record.id, path));
  } catch (error) {
    throw inDockersWords(error, call, path);
  }
}

/** `PUT /containers/{id}/archive` */
export async function putArchive(call: Call): Promise<Reply> {
  const { record, path } = target(call);
  const { query, engine } = call;
  const options = { archive: query.flag("copyUIDGID"), overwrite: !query.flag("noOverwriteDirNonDir") };
  try {
    await fromClient(async () => await copyArchive(engine, call.body, { container: record.id, path }, options));
  } catch (error) {
    const there = isReason(error, "copy.not_found") && (await isThere(call, path));
    throw there ? badRequest("extraction point is not a directory") : inDockersWords(error, call, path);
  }
  return { status: 200 };
}

async function isThere(call: Call, path: string): Promise<boolean> {
  try {
    await statContainerPath(call.engine, namedContainer(call).id, path);
    return true;
  } catch (error) {
    if (isReason(error, "copy.not_found")) return false;
    throw error;
  }
}

function inDockersWords(error: unknown, { params }: Call, path: string): unknown {
  if (isReason(error, "copy.not_found"))
    return new ApiError(404, `Could not find the file ${path} in container ${params["id"] ?? ""}`);
  if (isReason(error, "copy.not_a_folder")) return badRequest("extraction point is not a directory");
  if (isReason(error, "copy.read_only")) return new ApiError(403, "container rootfs is marked read-only");
  return error;
}
