import { containerFilter } from "../../../engine/container-filter.ts";
import { containerSize } from "../../../engine/container-size.ts";
import { namespaceNumbers } from "../../../engine/kernel-namespaces.ts";
import { summarizeContainers } from "../../../engine/list.ts";
import { podShares } from "../../../engine/pod/list.ts";
import { isUp } from "../../../engine/status.ts";
import { syncContainers } from "../../../engine/sync.ts";
import { libpodContainerRow } from "../../../views/libpod/container-row.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";

/** `GET /libpod/containers/json` */
export async function listContainers({ engine, query }: Call): Promise<Reply> {
  if (query.flag("sync")) await syncContainers(engine);
  const filters = query.filters();
  const last = Math.max(query.integer("last") ?? 0, query.integer("limit") ?? 0);
  const all = query.flag("all") || last > 0 || filters.some((text) => text.startsWith("status="));
  const matches = containerFilter(engine, filters);
  const found = summarizeContainers(engine).filter((container) => (all || isUp(container)) && matches(container));
  const shown = last > 0 ? found.slice(-last) : found;
  const pods = podShares(engine, shown);
  const [withSize, withNamespaces] = [query.flag("size"), query.flag("namespace")];
  const now = Date.now();
  return ok(
    shown.toReversed().map((container) =>
      libpodContainerRow(container, now, {
        size: withSize ? containerSize(engine, container.record) : undefined,
        namespaces: withNamespaces ? namespaceNumbers(container) : undefined,
        pod: pods.get(container.record.id),
      }),
    ),
  );
}
