import { containerFilter } from "../../../engine/container-filter.ts";
import { containerSize } from "../../../engine/container-size.ts";
import { type ContainerSummary, summarizeContainers } from "../../../engine/list.ts";
import { isUp } from "../../../engine/status.ts";
import { isEstibaError } from "../../../lib/error.ts";
import { volumeFolder } from "../../../storage/volume.ts";
import { dockerContainerRow } from "../../../views/docker/container-row.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { checkFilters } from "../filters.ts";
import { networkIds } from "./find.ts";

/** The keys that Docker documents, and `command`, `pod` and others that only we have. */
export const LIST_FILTERS: readonly string[] = [
  "ancestor",
  "before",
  "exited",
  "expose",
  "health",
  "id",
  "is-task",
  "label",
  "label!",
  "name",
  "network",
  "publish",
  "since",
  "status",
  "volume",
];

/** `GET /containers/json` */
export function listContainers({ engine, query }: Call): Reply {
  const filters = query.filters().map((text) => text.replace(/^name=(\^?)\//, "name=$1"));
  const limit = query.integer("limit") ?? 0;
  const matches = wanted({ engine, filters });
  const all = query.flag("all") || limit > 0 || filters.some((text) => text.startsWith("status="));
  const found = summarizeContainers(engine)
    .toReversed()
    .filter((container) => (all || isUp(container)) && matches(container));
  const withSize = query.flag("size");
  const now = Date.now();
  const networkId = networkIds({ engine });
  const rows = found.slice(0, limit > 0 ? limit : undefined).map((container) =>
    dockerContainerRow(container, {
      now,
      size: withSize ? containerSize(engine, container.record) : undefined,
      volumePath: (name) => volumeFolder(engine.paths.root, name),
      networkId,
    }),
  );
  return ok(rows);
}

function wanted({
  engine,
  filters,
}: {
  engine: Call["engine"];
  filters: readonly string[];
}): (container: ContainerSummary) => boolean {
  checkFilters(filters, LIST_FILTERS);
  try {
    return containerFilter(engine, filters, LIST_FILTERS);
  } catch (error) {
    // Of a container named by `before` or `since`.
    if (isEstibaError(error, "not_found")) throw badRequest(error.message);
    throw error;
  }
}
