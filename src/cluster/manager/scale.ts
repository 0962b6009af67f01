import { isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import { autoscale, type Measured, type Recollection, type Verdict } from "../decide/autoscale.ts";
import { type Autoscale, autoscaleOf, replicasOf } from "../model/autoscale.ts";
import type { Service } from "../model/service.ts";
import { serviceKey } from "./keys.ts";
import { type Manager, putOf, write } from "./manager.ts";
import { readMetric } from "./metric.ts";

const LOOK_MS = 1_000;
/** Figures are written down no more often, where nothing else changes. */
const FIGURES_MS = 30_000;

/** Has services that ask for it have as many tasks as they need, until the signal: the leader's work. */
export async function keepScale(manager: Manager, signal: AbortSignal): Promise<void> {
  const recollections = new Map<string, Recollection>();
  while (!signal.aborted) {
    await pause(LOOK_MS, signal);
    const services = [...manager.replica.services.values()];
    await Promise.all(
      services.map(async (service) => {
        const rule = autoscaleOf(service.spec);
        if (rule === undefined || signal.aborted) return;
        const measured = await measure(manager, service, rule, signal);
        await scale(manager, { id: service.id, measured, recollections });
      }),
    );
    for (const id of recollections.keys()) if (!manager.replica.services.has(id)) recollections.delete(id);
    manager.usages.forget();
  }
}

async function measure(
  { replica, usages }: Manager,
  { id }: Service,
  rule: Autoscale,
  signal: AbortSignal,
): Promise<Measured> {
  const known = usages.of(replica.tasksOf(id));
  if (rule.metric === undefined) return { usages: known };
  return { usages: known, metric: await readMetric(rule.metric.url, signal) };
}

type Scale = {
  readonly id: string;
  readonly measured: Measured;
  readonly recollections: Map<string, Recollection>;
};

async function scale(manager: Manager, { id, measured, recollections }: Scale): Promise<void> {
  const { replica } = manager;
  // It may have been changed while the metric was read.
  const service = replica.services.get(id);
  const rule = service === undefined ? undefined : autoscaleOf(service.spec);
  if (service === undefined || rule === undefined) return;
  const verdict = autoscale({
    rule,
    replicas: replicasOf(service),
    tasks: [...replica.tasksOf(id)],
    measured,
    before: recollections.get(id),
    now: performance.now(),
  });
  recollections.set(id, verdict.recollection);
  if (!isNews(service, verdict, manager.now())) return;
  const { replicas, state, message } = verdict;
  try {
    await write(manager, () => {
      const current = replica.services.get(id);
      if (current !== service) return { compares: [], operations: [] };
      const scaling = { replicas, state, message, at: manager.now() };
      const { compare, operation } = putOf(replica, serviceKey(id), { ...service, scaling });
      return { compares: [compare], operations: [operation] };
    });
  } catch (error) {
    // The next look is soon.
    if (!isEstibaError(error, "unavailable", "exhausted")) throw error;
  }
}

function isNews({ scaling }: Service, { replicas, state, message }: Verdict, now: number): boolean {
  if (scaling === undefined || scaling.replicas !== replicas || scaling.state !== state) return true;
  return scaling.message !== message && now - scaling.at >= FIGURES_MS;
}
