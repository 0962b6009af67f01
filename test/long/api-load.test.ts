import { expect, test } from "bun:test";
import { openStreams } from "../fixtures/api-streams.ts";
import { makeCertificates } from "../fixtures/certificates.ts";
import { eventually, useEngine } from "../fixtures/engine.ts";
import { recordFigure } from "../fixtures/figures.ts";
import { rawRequest } from "../fixtures/raw-http.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const STREAMS = 1_000;

test(`${STREAMS} streams of attach and exec, opened and closed in every way, leave nothing behind`, async () => {
  await openStreams(engine, service, STREAMS);
  const megabytes = Math.round(service.privateBytes() / 1e6);
  expect(megabytes).toBeLessThan(120);
  recordFigure(
    "attach and exec streams opened and closed",
    `${STREAMS}, nothing left; ${megabytes} MB of private memory then`,
  );
});

test("heads that come byte by byte are cut off after half a minute, and hold nobody up until then", async () => {
  const before = service.descriptors();
  const beginnings = ["GET /_ping HTTP/1.1\r\nHost: d\r\nX: ", "POST /containers/x/attach HTTP/1.1\r\nX: ", "P", "G"];
  const clients = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => await rawRequest(service.socket, beginnings[index % 4] ?? "")),
  );
  const ended = Promise.all(clients.map(async (client) => await client.ended(90_000)));
  const state = { over: false };
  const over = ended.finally(() => (state.over = true));
  while (!state.over) {
    for (const client of clients) client.send("x");
    expect(await service.answers()).toBe(true);
    await Bun.sleep(500);
  }
  await over;
  for (const client of clients) expect(client.text()).not.toContain(" 200 ");
  await eventually(
    () => service.descriptors(),
    (count) => count <= before + 2,
  );
});

test("on TCP, who does not begin to prove itself is cut off after half a minute, too", async () => {
  const { pem, port } = await makeCertificates(engine.path("tls"));
  const tls = ["--tls-cert", pem("server"), "--tls-key", pem("server-key"), "--tls-client-ca", pem("ca")];
  const argv = engine.argv(["system", "service", ...tls, `tcp://127.0.0.1:${port}`]);
  const child = Bun.spawn(argv, { stdio: ["ignore", "ignore", "inherit"] });
  try {
    const client = await eventually(
      async () => await rawRequest({ host: "127.0.0.1", port }, "").catch(() => undefined),
      (open) => open !== undefined,
    );
    await client?.ended(90_000);
    expect(client?.text()).toBe("");
  } finally {
    child.kill();
    await child.exited;
  }
});

test("a hundred clients that follow, each with four streams, are served within 120 MB, and leave nothing", async () => {
  await engine.detached(["--name", "loud"], "sh", "-c", "while :; do echo line; sleep 0.2; done");
  await service.json("GET", "/containers/loud/json");
  const before = service.descriptors();
  const upgrade = "HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
  const heads = [
    "GET /containers/loud/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: d\r\n\r\n",
    "GET /events HTTP/1.1\r\nHost: d\r\n\r\n",
    "GET /containers/loud/stats HTTP/1.1\r\nHost: d\r\n\r\n",
    `POST /containers/loud/attach?stream=1&stdout=1 ${upgrade}`,
  ];
  const clients = await Promise.all(
    Array.from({ length: 400 }, async (_, index) => {
      const client = await rawRequest(service.socket, heads[index % 4] ?? "");
      await client.until("\r\n\r\n", 60_000);
      return client;
    }),
  );
  // All but those of events have something to tell.
  for (const [index, client] of clients.entries())
    if (index % 4 !== 1) await client.until(index % 4 === 2 ? "memory_stats" : "line", 60_000);
  const megabytes = Math.round(service.privateBytes() / 1e6);
  expect(megabytes).toBeLessThan(120);
  recordFigure("private memory of the service with 400 open streams", `${megabytes} MB`);
  for (const client of clients) client.vanish();
  await eventually(
    () => service.descriptors(),
    (count) => count <= before + 10,
  );
});
