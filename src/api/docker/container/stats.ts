import type { Engine } from "../../../engine/engine.ts";
import { requireCgroups } from "../../../engine/require-cgroups.ts";
import { readUsage, readUsageDetails } from "../../../engine/stats.ts";
import { pause } from "../../../lib/pause.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import { getContainer } from "../../../state/containers.ts";
import { dockerStats, type StatsSample } from "../../../views/docker/stats.ts";
import { type Call, jsonLines, ok, type Reply } from "../../http/call.ts";
import { namedContainer } from "./find.ts";

const INTERVAL_MS = 1000;

/** `GET /containers/{id}/stats` */
export async function stats(call: Call): Promise<Reply> {
  const record = namedContainer(call);
  const { engine, query, signal } = call;
  if (query.flag("stream", true)) return jsonLines(readings(engine, record, signal));
  const first = sampleOf(engine, record);
  if (query.flag("one-shot")) return ok(dockerStats({ ...record, sample: first, before: undefined }));
  // Two of them, for a share of the time between.
  if (first.usage !== undefined) await pause(INTERVAL_MS, signal);
  return ok(dockerStats({ ...record, sample: sampleOf(engine, record), before: first }));
}

async function* readings(engine: Engine, record: ContainerRecord, signal: AbortSignal): AsyncGenerator {
  requireCgroups("measuring what containers use");
  let before: StatsSample | undefined;
  while (!signal.aborted && getContainer(engine.store, record.id) !== undefined) {
    const sample = sampleOf(engine, record);
    yield dockerStats({ ...record, sample, before });
    before = sample;
    await pause(INTERVAL_MS, signal);
  }
}

function sampleOf(engine: Engine, record: ContainerRecord): StatsSample {
  const usage = readUsage(engine, record);
  return { usage, ...readUsageDetails(engine, record), takenAt: Date.now() };
}
