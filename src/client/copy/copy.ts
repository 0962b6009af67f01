import { cp, lstat, mkdtemp, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { ApiClient } from "../api-client.ts";
import { packPath } from "./pack.ts";
import { unpackInto } from "./unpack.ts";

/** The two ends of a copy. `overwrite`: folders and other files may take each other's place; `archive`: it becomes the container's user's. */
type Paths = {
  readonly hostPath: string;
  readonly path: string;
  readonly follow?: boolean;
  readonly overwrite?: boolean;
  readonly archive?: boolean;
  readonly signal?: AbortSignal | undefined;
};

/** A folder's bit in Go's os.FileMode, which Docker's API has. */
const GO_FOLDER = 2 ** 31;

/**
 * Copies a file or folder of this host into a container, by the rules of `cp`: into a folder that is there under its own name, else it gets
 * the name that the path ends with. Throws `not_found`.
 */
export async function copyIn(client: ApiClient, id: string, paths: Paths): Promise<void> {
  const { hostPath, path, overwrite = true, signal } = paths;
  const contents = /(^|\/)\.$/.test(hostPath);
  const named = resolve(hostPath);
  if ((await statOrNone(named)) === undefined) throw notFound(hostPath, "the host");
  const source = paths.follow === true || contents ? await realpath(named) : named;
  const intoFolder = await isFolder(client, id, path, signal);
  const [folder, name] = intoFolder
    ? [path, contents ? "." : basename(named)]
    : [dirname(path.replace(/\/+$/, "")), basename(path)];
  await client.act("PUT", `/containers/${id}/archive`, {
    query: { path: folder, noOverwriteDirNonDir: overwrite ? undefined : true, copyUIDGID: paths.archive },
    body: packPath(source, name),
    headers: { "Content-Type": "application/x-tar" },
    signal,
  });
}

async function isFolder(client: ApiClient, id: string, path: string, signal: Paths["signal"]): Promise<boolean> {
  try {
    const { headers, body } = await client.request("HEAD", `/containers/${id}/archive`, { query: { path }, signal });
    for await (const _piece of body) continue;
    const text = Buffer.from(headers["x-docker-container-path-stat"] ?? "", "base64").toString("utf8");
    const { mode } = JSON.parse(text) as { mode: number };
    return mode >= GO_FOLDER;
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
    return false;
  }
}

/** Copies a file or folder of a container to this host, by the same rules. What is there is only touched once all has come. */
export async function copyOut(client: ApiClient, id: string, { hostPath, path, signal }: Paths): Promise<void> {
  const target = resolve(hostPath);
  const there = await statOrNone(target);
  const folder = there?.isDirectory() === true ? target : dirname(target);
  const made = await mkdtemp(join(folder, ".estiba-copy-"));
  try {
    const { body } = await client.request("GET", `/containers/${id}/archive`, { query: { path }, signal });
    const [name = ""] = await unpackInto(made, body);
    const came = join(made, name);
    if (there?.isDirectory() === true) {
      const place = name === "" || name === "." ? target : join(target, name);
      await cp(came, place, { recursive: true, verbatimSymlinks: true, force: true });
      return;
    }
    await rename(came, target);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function statOrNone(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function notFound(path: string, where: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "copy.not_found",
    what: `"${path}" could not be found on ${where}: no such file or directory`,
    fix: "check the spelling of the path",
  });
}
