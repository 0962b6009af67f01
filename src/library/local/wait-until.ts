import type { Engine } from "../../engine/engine.ts";
import { probeByNetwork } from "../../engine/health/network-probe.ts";
import { readLog } from "../../engine/log/read.ts";
import { hasProcess, observe } from "../../engine/status.ts";
import { waitForCondition } from "../../engine/wait-condition.ts";
import { EstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { Readiness } from "../contract.ts";
import { linesOf } from "./lines.ts";

const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [2, 100];
const PROBE_MS = 2_000;
const HEALTH_LOOK_MS = 250;

/**
 * Resolves when a running container is ready. Throws `wrong_state` when it ends first, `invalid` for health without a check, and the
 * signal's reason.
 */
export async function waitUntilReady(
  engine: Engine,
  record: ContainerRecord,
  { wanted, signal }: { readonly wanted: Readiness; readonly signal: AbortSignal },
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const waits: Promise<void>[] = [];
  if (wanted.port !== undefined) waits.push(answers(engine, record, ["TCP", `:${wanted.port}`], both));
  if (wanted.http !== undefined) waits.push(answers(engine, record, ["HTTP", urlOf(wanted.http)], both));
  if (wanted.log !== undefined) waits.push(says(engine, record, wanted.log, both));
  if (wanted.health === true) waits.push(isHealthy(engine, record, both));
  try {
    await Promise.all(waits);
  } finally {
    stop.abort();
    await Promise.allSettled(waits);
  }
}

function urlOf({ port, path = "/" }: NonNullable<Readiness["http"]>): string {
  return `http://:${port}${path.startsWith("/") ? path : `/${path}`}`;
}

// By the container's own address: it counts before a port is published, and where none is.
async function answers(
  engine: Engine,
  record: ContainerRecord,
  test: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { state } = observe(engine, record);
  if (state?.init === undefined || state.runtime === undefined) throw hasEnded(record);
  const probe = {
    id: record.id,
    init: state.init.pid,
    runtime: state.runtime,
    test,
    timeoutMs: PROBE_MS,
    maxLogSize: 1,
  };
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    if ((await probeByNetwork(engine, probe, signal)).exitCode === 0) return;
    requireRunning(engine, record);
    await pause(pauseMs, signal);
  }
}

async function says(
  engine: Engine,
  record: ContainerRecord,
  wanted: string | RegExp,
  signal: AbortSignal,
): Promise<void> {
  const fits =
    typeof wanted === "string" ? (text: string) => text.includes(wanted) : (text: string) => wanted.test(text);
  for await (const { text } of linesOf(readLog(engine, record, { follow: true, signal }))) if (fits(text)) return;
  signal.throwIfAborted();
  throw hasEnded(record);
}

async function isHealthy(engine: Engine, record: ContainerRecord, signal: AbortSignal): Promise<void> {
  const request = { conditions: ["healthy", "exited", "removing"], intervalMs: HEALTH_LOOK_MS, signal } as const;
  await waitForCondition(engine, record.id, request);
  requireRunning(engine, record);
}

function requireRunning(engine: Engine, record: ContainerRecord): void {
  if (!hasProcess(observe(engine, record))) throw hasEnded(record);
}

function hasEnded({ name }: ContainerRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.ended_before_ready",
    what: `container "${name}" ended before it was ready`,
    fix: `see what it said: estiba logs ${name}`,
  });
}
