import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { listContainers } from "../state/containers.ts";
import { removeTree } from "../storage/remove-tree.ts";
import { treeSize } from "../storage/tree-size.ts";
import type { Engine } from "./engine.ts";

/** Says from where a Compose project's container was made; its files may be bound into it. */
const WORKING_FOLDER = "com.docker.compose.project.working_dir";

/** Where Compose projects lie that came from a registry or a git repository, a folder for each version. */
export function fetchedProjects({ paths }: Engine): string {
  return join(paths.cache, "compose");
}

/** Removes the fetched projects that no container was made from; gives how many bytes that frees. They can be fetched again. */
export function pruneFetchedProjects(engine: Engine): number {
  const folder = fetchedProjects(engine);
  const used = listContainers(engine.store).map(({ labels }) => labels[WORKING_FOLDER] ?? "");
  let bytes = 0;
  for (const version of folderNames(folder)) {
    const path = join(folder, version);
    if (used.some((from) => from.startsWith(`${path}/`))) continue;
    bytes += treeSize(path);
    removeTree(path);
  }
  return bytes;
}
