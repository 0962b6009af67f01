import { readdirSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { summarizeContainers } from "../../engine/list.ts";
import { readUsage } from "../../engine/stats.ts";
import { isRunning } from "../../engine/status.ts";
import type { Answered } from "../http/observed.ts";
import { Histogram, labelText } from "./histogram.ts";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];
type Kind = "gauge" | "counter";

/** What dockerd calls these, in engine_daemon_container_actions_seconds. */
const ACTIONS: Readonly<Record<string, string>> = {
  "POST /containers/create": "create",
  "POST /containers/{id}/start": "start",
  "DELETE /containers/{id}": "delete",
  "GET /containers/{id}/changes": "changes",
  "POST /commit": "commit",
};

/** What Prometheus is told: requests as they were answered, all else as it is at the moment. */
export class Metrics {
  readonly #version: string;
  readonly #requests = new Map<string, { labels: Labels; count: number }>();
  readonly #durations = new Histogram("estiba_http_request_duration_seconds", "Time until a request was answered.");
  readonly #actions = new Histogram(
    "engine_daemon_container_actions_seconds",
    "Time that an action on containers took.",
  );

  constructor(version: string) {
    this.#version = version;
  }

  /** Counts a request. */
  observe({ method, route = "", status, durationMs }: Answered): void {
    const labels = { method, route, code: String(status) };
    const key = labelText(labels);
    const known = this.#requests.get(key);
    if (known === undefined) this.#requests.set(key, { labels, count: 1 });
    else known.count++;
    this.#durations.observe({ method, route }, durationMs / 1000);
    const action = ACTIONS[`${method} ${route}`];
    if (action !== undefined && status < 400) this.#actions.observe({ action }, durationMs / 1000);
  }

  /** All of it, in Prometheus' text form (0.0.4). `inFlight` requests are being answered. */
  text(engine: Engine, inFlight: number): string {
    const requests = [...this.#requests.values()].map(({ labels, count }) => [labels, count] as const);
    const lines = [
      ...family("engine_daemon_engine_info", "gauge", "The engine.", [[{ version: this.#version, os: "linux" }, 1]]),
      ...containerLines(engine),
      ...this.#actions.lines(),
      ...family("estiba_http_requests_in_flight", "gauge", "Requests being answered.", [[{}, inFlight]]),
      ...family("estiba_http_requests_total", "counter", "Requests answered.", requests),
      ...this.#durations.lines(),
      ...processLines(),
    ];
    return `${lines.join("\n")}\n`;
  }
}

function family(name: string, kind: Kind, help: string, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${kind}`,
    ...samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}`),
  ];
}

function containerLines(engine: Engine): string[] {
  const all = summarizeContainers(engine);
  const paused = all.filter(({ status }) => status === "paused").length;
  const running = all.filter(isRunning).length - paused;
  const states = { paused, running, stopped: all.length - running - paused };
  const used = all.flatMap(({ record }) => {
    const usage = readUsage(engine, record);
    return usage === undefined ? [] : [{ labels: { id: record.id.slice(0, 12), name: record.name }, usage }];
  });
  type Usage = (typeof used)[number]["usage"];
  const of = (name: string, kind: Kind, help: string, value: (usage: Usage) => number): string[] =>
    family(
      `estiba_container_${name}`,
      kind,
      help,
      used.map(({ labels, usage }) => [labels, value(usage)] as const),
    );
  return [
    ...family(
      "engine_daemon_container_states_containers",
      "gauge",
      "Containers by state.",
      Object.entries(states).map(([state, count]) => [{ state }, count] as const),
    ),
    ...of("cpu_seconds_total", "counter", "Processor time used.", ({ cpuNanos }) => cpuNanos / 1e9),
    ...of("memory_bytes", "gauge", "Memory in use.", ({ memoryBytes }) => memoryBytes),
    ...of("memory_limit_bytes", "gauge", "The most it may use.", ({ memoryLimitBytes }) => memoryLimitBytes),
    ...of("processes", "gauge", "Processes.", ({ processes }) => processes),
    ...of("network_receive_bytes_total", "counter", "Bytes received.", ({ inputBytes }) => inputBytes),
    ...of("network_transmit_bytes_total", "counter", "Bytes sent.", ({ outputBytes }) => outputBytes),
    ...of("block_read_bytes_total", "counter", "Bytes read from disks.", ({ readBytes }) => readBytes),
    ...of("block_written_bytes_total", "counter", "Bytes written to disks.", ({ writtenBytes }) => writtenBytes),
  ];
}

function processLines(): string[] {
  const { user, system } = process.cpuUsage();
  const start = Date.now() / 1000 - process.uptime();
  return [
    ...family("process_cpu_seconds_total", "counter", "Processor time of the service.", [[{}, (user + system) / 1e6]]),
    ...family("process_open_fds", "gauge", "Descriptors of the service.", [[{}, readdirSync("/proc/self/fd").length]]),
    ...family("process_resident_memory_bytes", "gauge", "Memory of the service.", [[{}, process.memoryUsage.rss()]]),
    ...family("process_start_time_seconds", "gauge", "When the service began.", [[{}, Math.round(start)]]),
  ];
}
