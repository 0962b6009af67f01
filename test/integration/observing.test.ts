import { expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

type Service = AsyncDisposable & {
  readonly ask: (path: string, headers?: Record<string, string>, method?: string) => Promise<Response>;
  /** What it has said on stderr so far. */
  readonly said: () => string;
  readonly end: () => Promise<number>;
};

async function start(
  name: string,
  { globals = [], options = [], env = {} }: { globals?: string[]; options?: string[]; env?: Record<string, string> },
): Promise<Service> {
  const socket = engine.path(`${name}.sock`);
  const argv = engine.argv([...globals, "system", "service", ...options, `unix://${socket}`]);
  const child = Bun.spawn(argv, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } });
  const state = { said: "" };
  const reading = (async () => {
    for await (const chunk of child.stderr) state.said += Buffer.from(chunk).toString();
  })();
  const ask: Service["ask"] = async (path, headers = {}, method = "GET") =>
    await fetch(`http://localhost${path}`, { unix: socket, method, headers });
  await eventually(
    async () => {
      try {
        return (await ask("/_ping")).ok;
      } catch {
        // Not there yet.
        return false;
      }
    },
    (up) => up,
  );
  const end = async (): Promise<number> => {
    child.kill();
    const code = await child.exited;
    await reading;
    return code;
  };
  return { ask, said: () => state.said, end, [Symbol.asyncDispose]: async () => void (await end()) };
}

test("each answer has an id: the request's own, where it has a harmless one", async () => {
  await using service = await start("ids", {});
  const idOf = async (headers: Record<string, string>): Promise<string | null> =>
    (await service.ask("/_ping", headers)).headers.get("x-reference-id");
  expect(await idOf({ "X-Reference-Id": "mine-1" })).toBe("mine-1");
  expect(await idOf({ "X-Request-Id": "other.2" })).toBe("other.2");
  const [one, two] = [await idOf({}), await idOf({ "X-Request-Id": "a b{}" })];
  expect([one, two]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  expect(one).not.toBe(two);
  // At the usual level requests are nobody's business.
  await service.end();
  expect(service.said()).toBe("");
});

test("requests are told as JSON lines when that is asked for, without their queries", async () => {
  const globals = ["--log-level", "info"];
  await using service = await start("json", { globals, options: ["--log-format", "json"] });
  await service.ask("/v1.50/containers/none/json?secret=hunter2", {
    "X-Reference-Id": "one",
    "User-Agent": "a client",
  });
  await service.ask("/nothing", { "X-Reference-Id": "two" });
  await service.end();
  expect(service.said()).not.toContain("hunter2");
  const lines = service
    .said()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.filter(({ request_id }) => request_id === "one" || request_id === "two")).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: "info",
      msg: "GET /v1.50/containers/none/json",
      method: "GET",
      path: "/v1.50/containers/none/json",
      route: "/containers/{id}/json",
      status: 404,
      duration_ms: expect.any(Number),
      request_id: "one",
      user_agent: "a client",
      error: "No such container: none",
    },
    expect.objectContaining({ path: "/nothing", status: 404, request_id: "two", error: "page not found" }),
  ]);
});

test("requests are told as text otherwise", async () => {
  await using service = await start("text", { globals: ["--log-level", "info"] });
  await service.ask("/version");
  await service.end();
  expect(service.said()).toMatch(
    /^time="[^"]+" level=info msg="GET \/version" method=GET path=\/version route=\/version status=200 duration_ms=[\d.]+ request_id=\S+ user_agent=/m,
  );
});

test("metrics are served for Prometheus, at a door that has nothing else behind it", async () => {
  const door = engine.path("door.sock");
  await using service = await start("metrics", { options: ["--metrics", `unix://${door}`] });
  await engine.detached(["--name", "box"], "sleep", "1000");
  await engine.ok(["create", "--name", "idle", IMAGE, "true"]);
  const { Id } = (await (
    await service.ask("/containers/create?name=made", { "Content-Type": "application/json" }, "POST")
  ).json()) as { Id?: string };
  expect(Id).toBeUndefined();
  for (let round = 0; round < 3; round++) await (await service.ask("/containers/box/json")).text();
  const response = await fetch("http://localhost/metrics", { unix: door });
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const lines = (await response.text()).split("\n");
  expect(lines).toContain('engine_daemon_container_states_containers{state="running"} 1');
  expect(lines).toContain('engine_daemon_container_states_containers{state="stopped"} 1');
  expect(lines).toContain('estiba_http_requests_total{method="GET",route="/containers/{id}/json",code="200"} 3');
  expect(lines).toContain('estiba_http_requests_total{method="POST",route="/containers/create",code="400"} 1');
  expect(lines).toContain('estiba_http_request_duration_seconds_count{method="GET",route="/containers/{id}/json"} 3');
  expect(lines).toContain("estiba_http_requests_in_flight 0");
  expect(
    lines.find((line) => /^estiba_container_processes\{id="[0-9a-f]{12}",name="box"\} 1$/.test(line)),
  ).toBeDefined();
  // Each family once, each sample in its own: what Prometheus insists on.
  const families = lines.filter((line) => line.startsWith("# TYPE ")).map((line) => line.split(" ")[2] ?? "");
  expect(new Set(families).size).toBe(families.length);
  const samples = lines.filter((line) => line !== "" && !line.startsWith("#"));
  expect(samples.filter((line) => !/^[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? -?[\d.e+-]+$/.test(line))).toEqual([]);
  expect((await fetch("http://localhost/containers/json", { unix: door })).status).toBe(404);
});

test("a place for metrics that is none is refused", async () => {
  for (const place of ["nonsense", "fd://"]) {
    const { code, stderr } = await engine.run(["system", "service", "--metrics", place, `unix://${engine.path("x")}`]);
    expect({ place, code, stderr }).toEqual({ place, code: 125, stderr: expect.stringContaining(place) });
  }
});

type Span = {
  traceId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
};

test("spans go to the collector: below the caller's, and not where it wants none", async () => {
  const received: { path: string; auth: string | null; body: unknown }[] = [];
  using collector = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const auth = request.headers.get("authorization");
      received.push({ path: new URL(request.url).pathname, auth, body: await request.json() });
      return new Response("{}");
    },
  });
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20token",
    OTEL_SERVICE_NAME: "engine-1",
  };
  await using service = await start("traces", { env });
  const [trace, parent] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  await service.ask("/v1.50/containers/none/json", { traceparent: `00-${trace}-${parent}-01` });
  await service.ask("/info", { traceparent: `00-${trace}-${parent}-00` });
  // What is on its way when the service ends is sent all the same.
  expect(await service.end()).toBe(0);
  expect(received[0]).toMatchObject({ path: "/v1/traces", auth: "Bearer token" });
  const resources = received.flatMap(({ body }) => (body as { resourceSpans: unknown[] }).resourceSpans) as {
    resource: { attributes: Span["attributes"] };
    scopeSpans: { spans: Span[] }[];
  }[];
  expect(resources[0]?.resource.attributes).toEqual([{ key: "service.name", value: { stringValue: "engine-1" } }]);
  const spans = resources.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  expect(spans.map(({ name }) => name)).not.toContain("GET /info");
  const span = spans.find(({ traceId }) => traceId === trace);
  expect(span).toMatchObject({ name: "GET /containers/{id}/json", parentSpanId: parent, kind: 2 });
  expect(span?.attributes).toContainEqual({ key: "http.response.status_code", value: { intValue: "404" } });
  expect(spans.find(({ name }) => name === "GET /_ping")?.parentSpanId).toBeUndefined();
});

test("a collector that is not there costs nothing but a line in the log", async () => {
  await using service = await start("no-collector", { env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" } });
  expect((await service.ask("/version")).status).toBe(200);
  expect(await service.end()).toBe(0);
  expect(service.said()).toContain("spans could not be sent to http://127.0.0.1:9/v1/traces");
});
