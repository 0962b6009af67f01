import { containerSize } from "../../../engine/container-size.ts";
import { diffNames } from "../../../engine/diff.ts";
import { exportContainer } from "../../../engine/export.ts";
import { pruneContainers } from "../../../engine/prune-containers.ts";
import { topByHostPs } from "../../../engine/top-host-ps.ts";
import { listContainers } from "../../../state/containers.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { checkFilters } from "../filters.ts";
import { isReason, namedContainer, notRunning } from "./find.ts";

/** `GET /containers/{id}/top` */
export async function top(call: Call): Promise<Reply> {
  const record = namedContainer(call);
  try {
    const lines = await topByHostPs(call.engine, record.id, [call.query.text("ps_args") ?? "-ef"]);
    const [titles = [], ...processes] = table(lines);
    return ok({ Titles: titles, Processes: processes });
  } catch (error) {
    if (isReason(error, "container.not_running")) throw notRunning(record);
    throw error;
  }
}

/** Fields apart; what is left over belongs to the last one, which is the command. */
function table([heading = "", ...lines]: readonly string[]): string[][] {
  const titles = heading.trim().split(/\s+/);
  const rows = lines.map((line) => {
    const words = line.trim().split(/\s+/);
    return [...words.slice(0, titles.length - 1), words.slice(titles.length - 1).join(" ")];
  });
  return [titles, ...rows];
}

const KINDS = { changed: 0, added: 1, deleted: 2 } as const;

/** `GET /containers/{id}/changes` */
export function changes(call: Call): Reply {
  const { id } = namedContainer(call);
  const found = [...diffNames(call.engine, { name: id, kind: "container" })];
  return ok(found.length === 0 ? null : found.map(({ kind, path }) => ({ Path: path, Kind: KINDS[kind] })));
}

/** `GET /containers/{id}/export` */
export function exportRoot(call: Call): Reply {
  const { id } = namedContainer(call);
  return { status: 200, type: "application/octet-stream", stream: pieces(exportContainer(call.engine, id)) };
}

async function* pieces(bytes: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* bytes;
}

/** `POST /containers/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  const filters = query.filters();
  checkFilters(filters, ["label", "label!", "until"]);
  const sizes = new Map(listContainers(engine.store).map((record) => [record.id, containerSize(engine, record).own]));
  const removed = await pruneContainers(engine, filters);
  const space = removed.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
  return ok({ ContainersDeleted: removed, SpaceReclaimed: space });
}
