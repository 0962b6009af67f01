import type { Engine } from "../../engine/engine.ts";
import { isLogged, writeLog } from "../../lib/log.ts";
import type { Observer } from "../http/observed.ts";
import { logRequest } from "./request-log.ts";

type Wish = {
  readonly version: string;
  readonly engine: () => Engine;
  /** How many requests are being answered. */
  readonly busy: () => number;
  /** Where metrics are served; undefined for nowhere. */
  readonly metrics: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Who is told of requests, and what has to end with the service. What nobody asked for is not loaded. */
export async function startObserving(wish: Wish, held: AsyncDisposableStack): Promise<Observer[]> {
  const observers: Observer[] = [logRequest];
  if (wish.metrics !== undefined) {
    const [{ Metrics }, { serveMetrics }] = await Promise.all([import("./metrics.ts"), import("./metrics-server.ts")]);
    const metrics = new Metrics(wish.version);
    held.use(await serveMetrics(wish.metrics, () => metrics.text(wish.engine(), wish.busy())));
    observers.push((answered) => metrics.observe(answered));
  }
  const { traceSettings, Traces } = await import("./traces.ts");
  const settings = traceSettings(wish.environment);
  if (settings !== undefined && "why" in settings) {
    if (isLogged("warn")) writeLog("warn", `no traces are sent: ${settings.why}`);
  } else if (settings !== undefined) {
    const traces = new Traces(settings);
    observers.push((answered) => traces.observe(answered));
    held.defer(async () => await traces.flush());
  }
  return observers;
}
