import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOCKER_OPERATIONS } from "../../src/api/docker/described.ts";
import { DOCKER_ROUTES } from "../../src/api/docker/routes.ts";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { deviation, OPERATIONS } from "../fixtures/openapi.ts";
import { rawRequest } from "../fixtures/raw-http.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

/** What was asked for, and answered as described. */
const seen = new Set<string>();

/** Asks, reads all of the answer, and holds it against the description: JSON line by line where it is a stream of objects. */
async function ask(route: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<unknown> {
  const [method = ""] = route.split(" ");
  const response = await service.request(method, path, body, headers);
  const bytes = await response.bytes();
  if (response.status >= 400) throw new Error(`${route}: ${response.status} ${Buffer.from(bytes).toString()}`);
  seen.add(route);
  const type = response.headers.get("content-type");
  if (type !== "application/json") return bytes;
  const objects = Buffer.from(bytes)
    .toString()
    .trim()
    .split(/\r?\n/)
    .map((line) => JSON.parse(line) as unknown);
  for (const json of objects) {
    const wrong = deviation({ method, path: path.split("?")[0] ?? "", status: response.status, type, json });
    if (wrong !== undefined) throw new Error(wrong);
  }
  return objects.at(-1);
}

/** The head of a stream; then we go. */
async function hijack(route: string, path: string, body = "", upgrade = "tcp"): Promise<void> {
  const extra =
    upgrade === "websocket" ? "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" : "";
  const head = `${route.split(" ")[0]} ${path} HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n${extra}`;
  const type = body === "" ? "" : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  const raw = await rawRequest(service.socket, `${head}${type}\r\n${body}`);
  await raw.until("\r\n\r\n");
  expect(raw.text()).toStartWith("HTTP/1.1 101 ");
  seen.add(route);
  raw.vanish();
}

const TAR = { "Content-Type": "application/x-tar" };

async function tarOf(name: string, files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const folder = engine.path(name);
  mkdirSync(folder);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const { bytes } = await runCommand(["tar", "-c", "-C", folder, ...Object.keys(files)]);
  return bytes;
}

test("every route is described, and nothing else", () => {
  const routes = DOCKER_ROUTES.map(([route]) => route).toSorted();
  const described = Object.keys(DOCKER_OPERATIONS).filter((route) => route !== "GET /openapi.json");
  expect(described.toSorted()).toEqual([...new Set(routes)]);
});

test("the description is served, as OpenAPI 3.1", async () => {
  const document = await service.json<{ openapi: string; info: { title: string }; paths: object }>(
    "GET",
    "/openapi.json",
  );
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Estiba" } });
  expect(Object.keys(document.paths)).toContain("/containers/{id}/json");
});

test("containers are answered about as described", async () => {
  await ask("GET /_ping", "/_ping");
  await ask("HEAD /_ping", "/_ping");
  await ask("GET /version", "/version");
  await ask("GET /info", "/info");
  await ask("GET /plugins", "/plugins");
  await ask("GET /openapi.json", "/openapi.json");
  const since = Math.floor(Date.now() / 1000);
  await ask("POST /containers/create", "/containers/create?name=box", {
    Image: IMAGE,
    Cmd: ["sleep", "1000"],
    OpenStdin: true,
    Tty: true,
    ExposedPorts: { "80/tcp": {} },
    Labels: { a: "b" },
    Healthcheck: { Test: ["CMD", "true"], Interval: 1e9 },
    HostConfig: {
      Binds: ["box:/v", "/tmp:/host:ro"],
      Tmpfs: { "/scratch": "" },
      PortBindings: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
      CapAdd: ["NET_ADMIN"],
      ExtraHosts: ["a:10.0.0.1"],
      Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/nothing", CgroupPermissions: "r" }],
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 },
      Memory: 64e6,
    },
  });
  await ask("GET /containers/{id}/json", "/containers/box/json?size=1");
  await ask("POST /containers/{id}/start", "/containers/box/start");
  await ask("POST /containers/{id}/start", "/containers/box/start");
  await ask("GET /containers/{id}/json", "/containers/box/json");
  await ask("GET /containers/json", "/containers/json?all=1&size=1");
  await ask("GET /containers/{id}/top", "/containers/box/top");
  await ask("GET /containers/{id}/changes", "/containers/box/changes");
  await ask("GET /containers/{id}/stats", "/containers/box/stats?stream=0&one-shot=1");
  await ask("GET /containers/{id}/logs", "/containers/box/logs?stdout=1");
  await ask("GET /containers/{id}/export", "/containers/box/export");
  await ask("HEAD /containers/{id}/archive", "/containers/box/archive?path=/tmp");
  const archive = await ask("GET /containers/{id}/archive", "/containers/box/archive?path=/etc/passwd");
  await ask("PUT /containers/{id}/archive", "/containers/box/archive?path=/tmp", archive, TAR);
  await ask("GET /containers/{id}/changes", "/containers/box/changes");
  await ask("POST /containers/{id}/resize", "/containers/box/resize?h=20&w=80");
  await ask("POST /containers/{id}/update", "/containers/box/update", { Memory: 128e6 });
  await hijack("POST /containers/{id}/attach", "/containers/box/attach?stream=1&stdout=1");
  await hijack("GET /containers/{id}/attach/ws", "/containers/box/attach/ws?stream=1&stdout=1", "", "websocket");
  const { Id } = (await ask("POST /containers/{id}/exec", "/containers/box/exec", {
    Cmd: ["sleep", "1000"],
    Tty: true,
    AttachStdout: true,
  })) as { Id: string };
  await hijack("POST /exec/{id}/start", `/exec/${Id}/start`, "{}");
  await ask("POST /exec/{id}/resize", `/exec/${Id}/resize?h=20&w=80`);
  await ask("GET /exec/{id}/json", `/exec/${Id}/json`);
  await ask("GET /containers/{id}/json", "/containers/box/json");
  await ask("POST /containers/{id}/rename", "/containers/box/rename?name=case");
  await ask("POST /commit", "/commit?container=case&repo=made", { Cmd: ["true"] });
  await ask("POST /containers/{id}/pause", "/containers/case/pause");
  await ask("POST /containers/{id}/unpause", "/containers/case/unpause");
  await ask("POST /containers/{id}/restart", "/containers/case/restart?t=0");
  await ask("POST /containers/{id}/kill", "/containers/case/kill");
  await ask("POST /containers/{id}/wait", "/containers/case/wait");
  await ask("POST /containers/{id}/stop", "/containers/case/stop?t=0");
  await ask("GET /containers/{id}/json", "/containers/case/json");
  await ask("GET /system/df", "/system/df");
  await ask("DELETE /containers/{id}", "/containers/case?v=1");
  await ask("POST /containers/prune", "/containers/prune");
  await ask("GET /events", `/events?since=${since}&until=${Math.ceil(Date.now() / 1000)}`);
  await ask("DELETE /images/{name*}", "/images/made");
});

test("images, networks and volumes are answered about as described", async () => {
  await using registry = await startRegistry();
  await registry.push(`oci:${engine.images.get(IMAGE)?.layout}:${IMAGE}`, "app:1");
  const name = `${registry.host}/app`;
  await ask("POST /images/create", `/images/create?fromImage=${name}&tag=1`);
  await ask("GET /images/json", "/images/json?all=1");
  await ask("GET /images/{name*}/json", `/images/${name}:1/json`);
  await ask("GET /images/{name*}/history", `/images/${name}:1/history`);
  await ask("POST /images/{name*}/tag", `/images/${name}:1/tag?repo=${name}&tag=2`);
  await ask("POST /images/{name*}/push", `/images/${name}/push?tag=2`);
  await ask("GET /images/search", `/images/search?term=${registry.host}/app`);
  await ask("GET /distribution/{name*}/json", `/distribution/${name}:2/json`);
  const archive = await ask("GET /images/{name*}/get", `/images/${name}:2/get`);
  await ask("GET /images/get", `/images/get?names=${name}:1&names=${name}:2`);
  await ask("DELETE /images/{name*}", `/images/${name}:2`);
  await ask("POST /images/load", "/images/load", archive, TAR);
  await ask("DELETE /images/{name*}", `/images/${name}:2`);
  await ask("DELETE /images/{name*}", `/images/${name}:1`);
  const context = await tarOf("described", {
    Dockerfile: `FROM ${IMAGE}\nEXPOSE 80\nHEALTHCHECK CMD true\nRUN true\n`,
  });
  await ask("POST /build", "/build?t=built:1", context, TAR);
  await ask("GET /images/{name*}/json", "/images/built:1/json");
  await ask("DELETE /images/{name*}", "/images/built:1");
  await ask("POST /build/cancel", "/build/cancel?id=none");
  await ask("POST /build/prune", "/build/prune");
  await ask("POST /images/prune", "/images/prune");
  await ask("POST /auth", "/auth", { username: "a", password: "b", serveraddress: registry.host });
  await ask("POST /networks/create", "/networks/create", { Name: "net", Labels: { a: "b" } });
  await ask("POST /containers/create", "/containers/create?name=on", { Image: IMAGE, Cmd: ["sleep", "1000"] });
  await ask("POST /networks/{id}/connect", "/networks/net/connect", { Container: "on" });
  await ask("POST /containers/{id}/start", "/containers/on/start");
  await ask("GET /networks", "/networks");
  await ask("GET /networks/{id}", "/networks/net");
  await ask("GET /containers/json", "/containers/json");
  await ask("POST /networks/{id}/disconnect", "/networks/net/disconnect", { Container: "on" });
  await ask("DELETE /networks/{id}", "/networks/net");
  await ask("POST /networks/prune", "/networks/prune");
  await ask("POST /volumes/create", "/volumes/create", { Name: "vol" });
  await ask("GET /volumes", "/volumes");
  await ask("GET /volumes/{name}", "/volumes/vol");
  await ask("DELETE /volumes/{name}", "/volumes/vol");
  await ask("POST /volumes/prune", "/volumes/prune");
});

test("these tests have asked for every operation that answers anything", () => {
  const answering = OPERATIONS.filter(({ responses }) => Object.keys(responses).some((status) => status < "400"));
  expect(answering.map(({ route }) => route).filter((route) => !seen.has(route))).toEqual([]);
});
