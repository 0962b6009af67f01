import type { Engine } from "../../../engine/engine.ts";
import { summarizeContainers } from "../../../engine/list.ts";
import { requireCgroups } from "../../../engine/require-cgroups.ts";
import { type ContainerUsage, readUsage } from "../../../engine/stats.ts";
import { isRunning } from "../../../engine/status.ts";
import { pause } from "../../../lib/pause.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import { findContainer, getContainer } from "../../../state/containers.ts";
import { libpodStats } from "../../../views/libpod/stats.ts";
import { type Call, jsonLines, type Reply } from "../../http/call.ts";

const INTERVAL_S = 5;

/** `GET /libpod/containers/stats`: of those named, else of all that run. */
export function stats({ engine, query, signal }: Call): Reply {
  const named = query.all("containers").map((name) => findContainer(engine.store, name));
  const all = query.flag("all");
  const interval = Math.max(1, query.integer("interval") ?? INTERVAL_S);
  const once = !query.flag("stream", true);
  const recordsNow = (): ContainerRecord[] =>
    named.length > 0
      ? named.filter(({ id }) => getContainer(engine.store, id) !== undefined)
      : summarizeContainers(engine)
          .filter((container) => all || isRunning(container))
          .map(({ record }) => record);
  return jsonLines(readings(engine, { recordsNow, once, intervalMs: interval * 1000, signal }));
}

/** `GET /libpod/containers/{name}/stats` is one of these, too: newer clients name containers in the query only. */
type Wish = {
  readonly recordsNow: () => readonly ContainerRecord[];
  readonly once: boolean;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
};

async function* readings(engine: Engine, { recordsNow, once, intervalMs, signal }: Wish): AsyncGenerator {
  requireCgroups("measuring what containers use");
  let before = new Map<string, ContainerUsage | undefined>();
  while (!signal.aborted) {
    const records = recordsNow();
    const usages = new Map(records.map((record) => [record.id, readUsage(engine, record)]));
    yield {
      Error: null,
      Stats: records.map(({ id, name }) =>
        libpodStats({ id, name, usage: usages.get(id), previous: before.get(id), noTrunc: true }),
      ),
    };
    if (once) return;
    before = usages;
    await pause(intervalMs, signal);
  }
}
