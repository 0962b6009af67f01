import { describeError } from "../../lib/error.ts";
import { writeLog } from "../../lib/log.ts";
import type { Answered } from "../http/observed.ts";

/** Where traces go, from the variables that OpenTelemetry defines. */
export type TraceSettings = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
};

type Environment = Readonly<Record<string, string | undefined>>;

const BATCH = 512;
/** More than this are not kept while the collector does not answer. */
const MOST_WAITING = 2048;
const PAUSE_MS = 1_000;
const PATIENCE_MS = 5_000;
const SERVER = 2;
const ERROR = 2;

/**
 * The settings, or undefined for no traces: without OTEL_EXPORTER_OTLP_ENDPOINT (or its TRACES form) there are none. What is sent is JSON over
 * HTTP; a collector that is said to take only gRPC gets nothing, which `why` tells.
 */
export function traceSettings(environment: Environment): TraceSettings | { readonly why: string } | undefined {
  const read = (name: string): string | undefined => {
    const value = environment[`OTEL_EXPORTER_OTLP_TRACES_${name}`] ?? environment[`OTEL_EXPORTER_OTLP_${name}`];
    return value === undefined || value.trim() === "" ? undefined : value.trim();
  };
  const url = endpoint(environment);
  if (url === undefined || isOff(environment)) return undefined;
  if (!URL.canParse(url)) return { why: `OTEL_EXPORTER_OTLP_ENDPOINT: "${url}" is no address` };
  if (read("PROTOCOL") === "grpc") return { why: "OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not spoken, only http/json" };
  return {
    url,
    headers: pairs(read("HEADERS")),
    resource: {
      "service.name": environment["OTEL_SERVICE_NAME"] ?? "estiba",
      ...pairs(environment["OTEL_RESOURCE_ATTRIBUTES"]),
    },
  };
}

function endpoint(environment: Environment): string | undefined {
  const whole = environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]?.trim() ?? "";
  if (whole !== "") return whole;
  const base = environment["OTEL_EXPORTER_OTLP_ENDPOINT"]?.trim() ?? "";
  return base === "" ? undefined : `${base.replace(/\/$/, "")}/v1/traces`;
}

function isOff(environment: Environment): boolean {
  return environment["OTEL_TRACES_EXPORTER"] === "none" || environment["OTEL_SDK_DISABLED"]?.toLowerCase() === "true";
}

/** `key=value,key=value`, with values as in a URL. */
function pairs(text = ""): Record<string, string> {
  return Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const at = pair.indexOf("=");
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())] as const];
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text;
  }
}

/** Sends a span for each request to a collector, some at a time. One that does not answer costs nothing but its spans. */
export class Traces {
  readonly #settings: TraceSettings;
  readonly #waiting: unknown[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(settings: TraceSettings) {
    this.#settings = settings;
  }

  observe(answered: Answered): void {
    const span = spanOf(answered);
    if (span === undefined || this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(span);
    this.#timer ??= setTimeout(() => this.#send(), PAUSE_MS);
  }

  /** Sends what waits, and resolves when it is sent, or cannot be. */
  async flush(): Promise<void> {
    this.#send();
    await this.#sending;
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#sending.then(async () => {
      while (this.#waiting.length > 0) await this.#sendSome(this.#waiting.splice(0, BATCH));
    });
  }

  async #sendSome(spans: readonly unknown[]): Promise<void> {
    const { url, headers, resource } = this.#settings;
    const body = {
      resourceSpans: [
        { resource: { attributes: attributes(resource) }, scopeSpans: [{ scope: { name: "estiba" }, spans }] },
      ],
    };
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`status ${response.status}`);
    } catch (error) {
      writeLog("warn", `${spans.length} spans could not be sent to ${url}: ${describeError(error)}`);
    }
  }
}

/** A span in OTLP's JSON; undefined for one that whoever called does not want recorded. */
function spanOf(answered: Answered): unknown {
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(answered.traceparent ?? "");
  const [, traceId = hex(16), parentSpanId, flags = "01"] = parent ?? [];
  if ((Number.parseInt(flags, 16) & 1) === 0) return undefined;
  const { method, route, path, status, id, startedAt, durationMs, error, userAgent } = answered;
  return {
    traceId,
    spanId: hex(8),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: route === undefined ? method : `${method} ${route}`,
    kind: SERVER,
    startTimeUnixNano: nanos(startedAt),
    endTimeUnixNano: nanos(startedAt + durationMs),
    attributes: attributes({
      "http.request.method": method,
      "http.route": route,
      "url.path": path,
      "http.response.status_code": status,
      "user_agent.original": userAgent,
      "estiba.request_id": id,
      ...(status >= 500 ? { "error.type": String(status) } : {}),
    }),
    status: status >= 500 ? { code: ERROR, message: error ?? "" } : {},
  };
}

function hex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): unknown[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } }];
  });
}
