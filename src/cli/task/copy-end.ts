import type { ApiClient } from "../../client/api-client.ts";
import { archivePath, copyArchive } from "../../engine/copy/copy.ts";
import { statContainerPath } from "../../engine/copy/stat.ts";
import type { Engine } from "../../engine/engine.ts";
import { isEstibaError } from "../../lib/error.ts";
import { pathFacts } from "../../views/docker/path-stat.ts";
import { containerPath } from "../remote/select.ts";

/** What stands at a path, with its mode as Go has it; of a link, where it leads in the end. */
export type Found = { readonly mode: number; readonly linkTarget: string };

export type WriteOptions = {
  readonly archive: boolean;
  readonly overwrite: boolean;
  /** Other names for members of the archive. */
  readonly rename: Readonly<Record<string, string>>;
};

/** The files of one container, here or elsewhere. */
export type CopyEnd = {
  /** Undefined for nothing. */
  readonly stat: (path: string) => Promise<Found | undefined>;
  /** A file, a link, or a folder, as an archive in which it has the name that the path ends with. */
  readonly read: (path: string) => Promise<AsyncIterable<Uint8Array>>;
  /** Unpacks an archive in a folder. */
  readonly write: (folder: string, archive: AsyncIterable<Uint8Array>, options: WriteOptions) => Promise<void>;
};

/** Of a container of this machine. */
export function endHere(engine: Engine, container: string): CopyEnd {
  return {
    stat: async (path) =>
      await found(async () => {
        const status = await statContainerPath(engine, container, path);
        return { mode: pathFacts(status).mode, linkTarget: status.linkTarget };
      }),
    read: async (path) => await Promise.resolve(archivePath(engine, { container, path }, { follow: false })),
    write: async (folder, archive, options) => await copyArchive(engine, archive, { container, path: folder }, options),
  };
}

/** Of the container of a task at another node. */
export function endElsewhere(client: ApiClient, containerId: string): CopyEnd {
  const place = containerPath(containerId, "archive");
  return {
    stat: async (path) =>
      await found(async () => {
        const { headers, body } = await client.request("HEAD", place, { query: { path } });
        for await (const _piece of body) continue;
        const text = Buffer.from(headers["x-docker-container-path-stat"] ?? "", "base64").toString("utf8");
        return JSON.parse(text) as Found;
      }),
    read: async (path) => (await client.request("GET", place, { query: { path } })).body,
    // Podman's has a way to say how members are to be called, and reads all first where that is needed.
    write: async (folder, archive, { archive: give, overwrite, rename }) => {
      const query = {
        path: folder,
        copyUIDGID: give,
        noOverwriteDirNonDir: !overwrite,
        rename: JSON.stringify(rename),
      };
      const headers = { "Content-Type": "application/x-tar" };
      await client.act("PUT", `/libpod${place}`, { query, body: archive, headers });
    },
  };
}

async function found(look: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
    return undefined;
  }
}
