import { connect } from "node:net";
import type { ContainerAnswer } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { EstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { Container, Readiness } from "../contract.ts";

type Awaited = {
  readonly client: ApiClient;
  readonly container: Pick<Container, "name" | "logs">;
  readonly look: () => Promise<ContainerAnswer>;
};

const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [5, 200];
const PROBE_MS = 2_000;
const HEALTH_LOOK_MS = 250;

/**
 * Resolves when a running container is ready. Throws `wrong_state` when it ends first, `invalid` for health without a check and for a port
 * that cannot be reached from here, and the signal's reason.
 */
export async function waitUntilReady(awaited: Awaited, wanted: Readiness, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const waits: Promise<void>[] = [];
  const { port, http, log, health } = wanted;
  if (port !== undefined) waits.push(answers(awaited, port, both, async (place) => await listens(place, both)));
  if (http !== undefined)
    waits.push(answers(awaited, http.port, both, async (place) => await isServed(place, http.path ?? "/", both)));
  if (log !== undefined) waits.push(says(awaited, log, both));
  if (health === true) waits.push(isHealthy(awaited, both));
  try {
    await Promise.all(waits);
  } finally {
    stop.abort();
    await Promise.allSettled(waits);
  }
}

type Place = { readonly host: string; readonly port: number };

async function answers(
  { client, container, look }: Awaited,
  port: number,
  signal: AbortSignal,
  probe: (place: Place) => Promise<boolean>,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const seen = await look();
    if (!seen.State.Running) throw hasEnded(container);
    if (await probe(placeOf(client, container, seen, port))) return;
    await pause(pauseMs, signal);
  }
}

/** By the container's own address where the engine is on this machine: it counts before a port is published, and where none is. */
function placeOf(
  { address }: ApiClient,
  { name }: Pick<Container, "name">,
  { NetworkSettings, HostConfig }: ContainerAnswer,
  port: number,
): Place {
  const [own] = Object.values(NetworkSettings.Networks ?? {}).flatMap(({ IPAddress = "" }) =>
    IPAddress === "" ? [] : [IPAddress],
  );
  const far = address.kind === "unix" ? "127.0.0.1" : address.host;
  if (address.kind === "unix" && own !== undefined) return { host: own, port };
  if (HostConfig.NetworkMode === "host") return { host: far, port };
  const [binding] = NetworkSettings.Ports?.[`${port}/tcp`] ?? [];
  if (binding?.HostPort !== undefined) return { host: far, port: Number(binding.HostPort) };
  throw new EstibaError("invalid", {
    reason: "client.port_out_of_reach",
    what: `port ${port} of container "${name}" cannot be reached from here: it is not published`,
    fix: "publish it (ports), or wait for the log or the health check",
  });
}

async function listens({ host, port }: Place, signal: AbortSignal): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const socket = connect({ host, port });
    const settle = (open: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      socket.destroy();
      resolve(open);
    };
    const leave = (): void => settle(false);
    const timer = setTimeout(leave, PROBE_MS);
    signal.addEventListener("abort", leave, { once: true });
    socket.once("connect", () => settle(true));
    socket.once("error", leave);
  });
}

async function isServed({ host, port }: Place, path: string, signal: AbortSignal): Promise<boolean> {
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}${path.startsWith("/") ? path : `/${path}`}`;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]);
    const answer = await fetch(url, { redirect: "manual", signal: limit });
    await answer.body?.cancel();
    return answer.status < 400;
  } catch {
    // Whatever it is that goes wrong with it, it is not served yet.
    return false;
  }
}

async function says({ container }: Awaited, wanted: string | RegExp, signal: AbortSignal): Promise<void> {
  const fits =
    typeof wanted === "string" ? (text: string) => text.includes(wanted) : (text: string) => wanted.test(text);
  for await (const { text } of container.logs({ follow: true, signal })) if (fits(text)) return;
  signal.throwIfAborted();
  throw hasEnded(container);
}

async function isHealthy({ container, look }: Awaited, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { State } = await look();
    if (!State.Running) throw hasEnded(container);
    if (State.Health === undefined || State.Health === null || State.Health.Status === "none") throw noCheck(container);
    if (State.Health.Status === "healthy") return;
    await pause(HEALTH_LOOK_MS, signal);
  }
}

function hasEnded({ name }: Pick<Container, "name">): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.ended_before_ready",
    what: `container "${name}" ended before it was ready`,
    fix: `see what it said: estiba logs ${name}`,
  });
}

function noCheck({ name }: Pick<Container, "name">): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.no_healthcheck",
    what: `container "${name}" has no health check`,
    fix: "give it one: health",
  });
}
