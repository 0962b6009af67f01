import type { Database } from "bun:sqlite";
import { closeSync } from "node:fs";
import { join } from "node:path";
import { subordinateIds, without } from "../config/id-maps.ts";
import { readFileInRoot } from "../host/openat.ts";
import { ID_END, type IdMaps, type IdRange } from "../host/user-namespace.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { listContainers } from "../state/containers.ts";
import { layerPaths } from "../state/layers.ts";
import type { UserNamespace } from "../state/spec/namespaces.ts";
import { openLayers } from "../storage/snapshot.ts";
import type { Engine } from "./engine.ts";

type Auto = Extract<UserNamespace, { mode: "auto" }>;

/** What subuid(5) gives to this name is for containers alone, as with Podman; without such a line, the upper half of all ids is. */
const OWNER = "containers";
const UPPER_HALF = { first: 2_147_483_647, count: 2_147_483_648 };
const LEAST_SIZE = 1024;
/** `nobody` stands apart from the other ids; a container has it without a place for all those between. */
const NOBODY = 65_534;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The mapping for `auto`: a range of the host's that no container in the store has, of the size asked for or of what the image's passwd
 * and group need. Called within the transaction that records it. Throws `exhausted` when there is none.
 */
export function chooseMaps(store: Database, { uids, gids, ...auto }: Auto, imageSize: number): IdMaps {
  const size = auto.size ?? imageSize;
  const taken = listContainers(store).flatMap(({ idMaps }) => idMaps ?? []);
  return {
    uids: chosen({ file: "/etc/subuid", size, fixed: uids, taken: taken.flatMap((maps) => maps.uids) }),
    gids: chosen({ file: "/etc/subgid", size, fixed: gids, taken: taken.flatMap((maps) => maps.gids) }),
  };
}

type Wanted = { file: string; size: number; fixed: readonly IdRange[]; taken: readonly IdRange[] };

function chosen({ file, size, fixed, taken }: Wanted): IdRange[] {
  const given = subordinateIds(file, OWNER);
  const pool = given.length === 0 ? [UPPER_HALF] : given;
  const free = pool
    // Only the host's side counts here: the other one never meets.
    .map(({ first, count }) => ({ inside: -ID_END * 2, outside: first, size: count }))
    .flatMap((range) =>
      taken.reduce<IdRange[]>(
        (rest, { outside, size: used }) => rest.flatMap((part) => without(part, { inside: 0, outside, size: used })),
        [range],
      ),
    );
  const start = free.find((range) => range.size >= size);
  if (start === undefined) throw noFreeRange(file, size);
  const own = fixed.reduce<IdRange[]>(
    (rest, range) => rest.flatMap((part) => without(part, range)),
    [{ inside: 0, outside: start.outside, size }],
  );
  return [...own, ...fixed].toSorted((a, b) => a.inside - b.inside);
}

/** How many ids an image's own users and groups need, with a margin for more. */
export function idsOfImage(engine: Engine, record: Pick<ContainerRecord, "chainId" | "process">): number {
  const lowers = layerPaths(engine.store, record.chainId).map((folder) => join(engine.paths.layers, folder));
  const fd = openLayers(lowers, join(engine.paths.runRoot, "empty"));
  try {
    const named = ["/etc/passwd", "/etc/group"].flatMap((path) => idsIn(fd, path));
    const asked = record.process.user.split(":").map(Number).filter(Number.isInteger);
    return Math.max(LEAST_SIZE, ...[...named, ...asked].filter((id) => id !== NOBODY).map((id) => id + 1));
  } finally {
    closeSync(fd);
  }
}

function idsIn(rootFd: number, path: string): number[] {
  let text: string;
  try {
    text = Buffer.from(readFileInRoot(rootFd, path, { maxBytes: MAX_BYTES })).toString("latin1");
  } catch (error) {
    if (isEstibaError(error, "not_found")) return [];
    throw error;
  }
  return text
    .split("\n")
    .map((line) => line.split(":")[2] ?? "")
    .filter((id) => /^\d{1,9}$/.test(id))
    .map(Number);
}

function noFreeRange(file: string, size: number): EstibaError {
  return new EstibaError("exhausted", {
    reason: "container.no_free_ids",
    what: `there are no ${size} free ids in a row for --userns auto in what ${file} gives to "${OWNER}"`,
    fix: `remove containers with --userns auto, or give more ids in ${file}`,
  });
}
