import { podFilter } from "../../../engine/pod/filter.ts";
import { inspectPod } from "../../../engine/pod/inspect.ts";
import { summarizePods } from "../../../engine/pod/list.ts";
import { prunePods } from "../../../engine/pod/prune.ts";
import { readUsage } from "../../../engine/stats.ts";
import { isRunning, observe } from "../../../engine/status.ts";
import { topContainer } from "../../../engine/top.ts";
import { pause } from "../../../lib/pause.ts";
import { findPod, listPods, podMembers } from "../../../state/pods.ts";
import { inspectPodDocument, podJson } from "../../../views/pod.ts";
import { type PodStatsRow, podStatsRow } from "../../../views/pod-stats.ts";
import { topRows } from "../../../views/process-columns.ts";
import { statsRow } from "../../../views/stats-row.ts";
import { type Call, done, jsonLines, ok, type Reply } from "../../http/call.ts";

/** `GET /libpod/pods/json` */
export function listAllPods({ engine, query }: Call): Reply {
  const fits = podFilter(engine, query.filters());
  return ok(
    summarizePods(engine)
      .filter((pod) => fits(pod))
      .toReversed()
      .map(podJson),
  );
}

/** `GET /libpod/pods/{name}/json` */
export function inspect({ engine, params }: Call): Reply {
  return ok(inspectPodDocument(inspectPod(engine, params["name"] ?? "")));
}

/** `GET /libpod/pods/{name}/exists` */
export function exists({ engine, params }: Call): Reply {
  findPod(engine.store, params["name"] ?? "");
  return done();
}

/** `GET /libpod/pods/{name}/top` */
export function top({ engine, params, query }: Call): Reply {
  const columns = query
    .all("ps_args")
    .flatMap((text) => text.split(","))
    .filter(Boolean);
  const now = performance.timeOrigin + performance.now();
  const tables = inspectPod(engine, params["name"] ?? "")
    .members.filter(isRunning)
    .map(({ record }) => topRows(topContainer(engine, record.id), columns, now));
  const [titles = []] = tables[0] ?? [];
  return ok({ Titles: titles, Processes: tables.flatMap((rows) => rows.slice(1)) });
}

const INTERVAL_MS = 5000;

/** `GET /libpod/pods/stats` */
export function stats(call: Call): Reply {
  const { query, signal } = call;
  if (!query.flag("stream")) return ok(readings(call));
  return jsonLines(again());

  async function* again(): AsyncGenerator {
    while (!signal.aborted) {
      yield readings(call);
      await pause(INTERVAL_MS, signal);
    }
  }
}

function readings({ engine, query }: Call): PodStatsRow[] {
  const names = query.all("namesOrIDs").filter(Boolean);
  const pods = names.length === 0 ? listPods(engine.store) : names.map((name) => findPod(engine.store, name));
  return pods
    .flatMap(({ id }) => podMembers(engine.store, id))
    .filter((record) => isRunning(observe(engine, record)))
    .map((record) => {
      const { id, name, spec } = record;
      const row = statsRow({ id, name, usage: readUsage(engine, record), previous: undefined, noTrunc: false });
      return podStatsRow(row, spec.pod?.id.slice(0, 12) ?? "");
    });
}

/** `POST /libpod/pods/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  return ok((await prunePods(engine, query.filters())).map((id) => ({ Err: null, Id: id })));
}
