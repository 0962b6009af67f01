import { diskUsage } from "../../../engine/disk-usage.ts";
import { pruneSystem } from "../../../engine/prune-system.ts";
import { libpodDiskUsage } from "../../../views/libpod/disk-usage.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";

/** `GET /libpod/system/df` */
export function df({ engine }: Call): Reply {
  return ok(libpodDiskUsage(diskUsage(engine)));
}

/** `POST /libpod/system/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  for (const name of ["external", "build"])
    if (query.flag(name)) throw badRequest(`${name}: no other program has anything in this store`);
  const wanted = { all: query.flag("all"), volumes: query.flag("volumes"), filters: query.filters() };
  const pruned = await pruneSystem(engine, wanted);
  const report = (ids: readonly string[]): object[] => ids.map((Id) => ({ Id, Size: 0 }));
  return ok({
    PodPruneReport: pruned.pods.map((Id) => ({ Err: null, Id })),
    ContainerPruneReports: report(pruned.containers),
    ImagePruneReports: report([...pruned.images, ...pruned.steps]),
    NetworkPruneReports: pruned.networks.map((Name) => ({ Name, Error: null })),
    VolumePruneReports: report(pruned.volumes),
    ReclaimedSpace: pruned.bytes,
  });
}
