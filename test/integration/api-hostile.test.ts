import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openStreams } from "../fixtures/api-streams.ts";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { archive, type RawEntry } from "../fixtures/make-tar.ts";
import { rawRequest } from "../fixtures/raw-http.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const TAR = { "Content-Type": "application/x-tar" };
const UPGRADE = "HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n";

async function put(path: string, bytes: Uint8Array): Promise<{ status: number; message: string }> {
  const response = await service.request("PUT", `/containers/box/archive?path=${encodeURIComponent(path)}`, bytes, TAR);
  const text = await response.text();
  const message = text === "" ? "" : (JSON.parse(text) as { message: string }).message;
  return { status: response.status, message };
}

test("streams of attach and exec, opened and closed in every way, leave nothing behind", async () => {
  await openStreams(engine, service, 40);
});

test("archives that lie about themselves are refused with 400, and the container is as it was", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  const huge = "77777777777";
  const cases: [string, Uint8Array][] = [
    ["a file of eight gigabytes that is not there", archive({ name: "f", size: huge })],
    [
      "a sparse file of an exabyte",
      archive({ name: "f", type: "S", size: 0, patch: [[483, "\x80\0\0\0\x10\0\0\0\0\0\0\0"]] }),
    ],
    ["a wrong sum", archive({ name: "f", data: "x", sum: "000001\0 " })],
    ["an unknown type", archive({ name: "f", type: "Z" })],
    ["half a header", archive({ name: "f", data: "x" }).slice(0, 300)],
    ["gzip that is cut off", gzipSync(archive({ name: "f", data: "x".repeat(5000) })).subarray(0, 40)],
    ["text", Buffer.from("this is no archive, but long enough to be taken for one ".repeat(40))],
  ];
  for (const [what, bytes] of cases) {
    const { status, message } = await put("/tmp", bytes);
    expect({ what, status, message }).toEqual({ what, status: 400, message: expect.stringMatching(/./) });
  }
  expect(await engine.ok(["exec", "box", "sh", "-c", "du -sk /tmp | cut -f1"])).toMatch(/^[0-9]$/);
});

test("an archive that grows to more than there is room for is an error, and the service stays small and answers", async () => {
  await engine.detached(["--name", "box", "--tmpfs", "/small:size=4m"], "sleep", "1000");
  const bomb = gzipSync(archive({ name: "f", data: new Uint8Array(200_000_000) }), { level: 1 });
  expect(bomb.length).toBeLessThan(2_000_000);
  const unpacking = put("/small", bomb);
  expect(await service.answers()).toBe(true);
  const { status, message } = await unpacking;
  expect({ failed: status >= 400, message }).toEqual({ failed: true, message: expect.stringMatching(/space/i) });
  // A context is unpacked as it comes, on disk; it has no Dockerfile in it.
  const built = await service.request("POST", "/build", bomb, TAR);
  expect(`${built.status} ${await built.text()}`).toMatch(/^[24]\d\d .*message/);
  expect((await service.request("POST", "/images/load", bomb, TAR)).status).toBe(400);
  expect(service.privateBytes()).toBeLessThan(120_000_000);
  expect(await engine.ok(["exec", "box", "echo", "there"])).toBe("there");
});

test("links and hard links of an archive lead nowhere outside the container", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  const host = engine.path("host");
  mkdirSync(host);
  writeFileSync(join(host, "secret"), "of the host");
  const entries: RawEntry[][] = [
    [
      { name: "way", type: "2", link: host },
      { name: "way/planted", data: "x" },
    ],
    [
      { name: "a", type: "2", link: "../../../../../../../.." },
      { name: `a${host}/planted`, data: "x" },
    ],
    [{ name: "hard", type: "1", link: `${host}/secret` }],
    [{ name: `../../../../..${host}/planted`, data: "x" }],
    [{ name: `${host}/planted`, data: "x" }],
  ];
  for (const members of entries) {
    const { status } = await put("/tmp", archive(...members));
    expect([200, 400, 403, 404, 409]).toContain(status);
  }
  expect(readdirSync(host)).toEqual(["secret"]);
  expect((await engine.run(["exec", "box", "grep", "-r", "of the host", "/tmp"])).code).not.toBe(0);
});

test("a context with links out of it builds without anything of the host", async () => {
  const folder = engine.path("linked");
  mkdirSync(folder);
  writeFileSync(engine.path("outside"), "FROM bb:1\nRUN echo of the host\n");
  symlinkSync(engine.path("outside"), join(folder, "Dockerfile"));
  symlinkSync(engine.folder, join(folder, "way"));
  writeFileSync(join(folder, "Real"), `FROM ${IMAGE}\nCOPY way/outside /f\n`);
  const { bytes } = await runCommand(["tar", "-c", "-C", folder, "Dockerfile", "way", "Real"]);
  for (const dockerfile of ["Dockerfile", "way/outside", "Real"]) {
    const response = await service.request("POST", `/build?dockerfile=${dockerfile}`, bytes, TAR);
    const text = await response.text();
    expect({ dockerfile, failed: /"message"|"error"/.test(text) }).toEqual({ dockerfile, failed: true });
    expect(text).not.toContain("of the host");
  }
});

test("a path that a container makes a link of while it is copied from and to leads nowhere outside it", async () => {
  const host = engine.path("goal");
  mkdirSync(host);
  writeFileSync(join(host, "f"), "of the host");
  const swap = `mkdir /real; echo own > /real/f; while :; do ln -sfn ${host} /way; ln -sfn real /way; done`;
  await engine.detached(["--name", "box"], "sh", "-c", swap);
  await eventually(
    async () => (await engine.run(["exec", "box", "test", "-e", "/way"])).code,
    (code) => code === 0,
  );
  const planted = archive({ name: "planted", data: "x" });
  const rounds = Array.from({ length: 40 }, async (_, index) => {
    if (index % 2 === 0) return (await put("/way", planted)).status;
    const response = await service.request("GET", "/containers/box/archive?path=/way/f");
    // What has gone since its head was sent breaks the answer off.
    const bytes = await response.bytes().catch(() => new Uint8Array());
    expect(Buffer.from(bytes).includes("of the host")).toBe(false);
    return response.status;
  });
  for (const status of await Promise.all(rounds)) expect([200, 400, 404]).toContain(status);
  expect(readdirSync(host)).toEqual(["f"]);
});

test("a client that ends its side first has its answer all the same", async () => {
  await engine.detached(["--name", "box"], "sh", "-c", "echo line; exec sleep 1000");
  for (const [head, wanted] of [
    ["GET /containers/json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n", '"Names":["/box"]'],
    ["GET /containers/box/logs?stdout=1 HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n", "line"],
    [
      "POST /containers/box/wait?condition=nonsense HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n",
      "invalid condition",
    ],
  ] as const) {
    const client = await rawRequest(service.socket, head);
    client.endInput();
    await client.ended();
    expect(client.text()).toContain(wanted);
  }
});

test("readers that do not read hold the service back, not its memory", async () => {
  await engine.ok(["run", "--name", "box", IMAGE, "dd", "if=/dev/zero", "of=/big", "bs=1M", "count=200"]);
  const before = service.descriptors();
  const targets = ["archive?path=/big", "export", "archive?path=/big", "export"];
  const clients = await Promise.all(
    targets.map(async (target) => {
      const client = await rawRequest(service.socket, `GET /containers/box/${target} HTTP/1.1\r\nHost: d\r\n\r\n`);
      client.pause();
      return client;
    }),
  );
  // Others are answered meanwhile; what is held for those that do not read would be hundreds of megabytes by then.
  for (let round = 0; round < 50; round++) expect(await service.answers()).toBe(true);
  expect(service.privateBytes()).toBeLessThan(120_000_000);
  for (const client of clients) client.vanish();
  await eventually(
    () => service.descriptors(),
    (count) => count <= before + 2,
  );
});

test("a service that is killed in the midst of its streams takes nothing along", async () => {
  const script = "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done";
  await service.json("POST", "/containers/create?name=box", { Image: IMAGE, Cmd: ["sh", "-c", script] }, 201);
  await service.json("POST", "/containers/box/start", undefined, 204);
  const wish = { Cmd: ["sh", "-c", "echo begun; sleep 1; exit 4"], AttachStdout: true };
  const { Id } = await service.json<{ Id: string }>("POST", "/containers/box/exec", wish, 201);
  const heads = [
    `POST /containers/box/attach?stream=1&stdout=1 ${UPGRADE}\r\n`,
    `POST /exec/${Id}/start ${UPGRADE}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    "GET /containers/box/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: d\r\n\r\n",
    "GET /events HTTP/1.1\r\nHost: d\r\n\r\n",
    "GET /containers/box/stats HTTP/1.1\r\nHost: d\r\n\r\n",
  ];
  const clients = await Promise.all(
    heads.map(async (head) => {
      const client = await rawRequest(service.socket, head);
      await client.until("\r\n\r\n");
      return client;
    }),
  );
  const running = async () =>
    await service.json<{ Running: boolean; ExitCode: number | null }>("GET", `/exec/${Id}/json`);
  await clients[1]?.until("begun");
  await service.end("SIGKILL");
  for (const client of clients) await client.ended();
  await service.start();
  const ended = await eventually(running, ({ Running }) => !Running);
  expect(ended.ExitCode).toBe(4);
  // The log goes on without a gap.
  const count = async (): Promise<number> => (await engine.ok(["logs", "box"])).split("\n").length;
  const then = await count();
  await eventually(count, (now) => now > then);
  const lines = (await engine.ok(["logs", "box"])).split("\n");
  expect(lines).toEqual(lines.map((_, index) => String(index)));
});

test("a service that is killed in the midst of an upload leaves what check mends, and what was there", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  const half = archive({ name: "f", data: "x".repeat(2_000_000) }).slice(0, 1_000_000);
  const head = (route: string): string =>
    `${route} HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\nContent-Length: 2000000\r\n\r\n`;
  const before = service.descriptors();
  for (const route of ["PUT /containers/box/archive?path=/tmp", "POST /build", "POST /images/load"]) {
    const client = await rawRequest(service.socket, head(route));
    client.send(half);
  }
  await eventually(
    () => service.descriptors(),
    (open) => open >= before + 3,
  );
  await service.end("SIGKILL");
  await service.start();
  await engine.run(["system", "check", "--repair"]);
  await engine.expectClean();
  expect(await engine.ok(["exec", "box", "echo", "there"])).toBe("there");
  expect(await service.json<unknown[]>("GET", "/images/json")).toHaveLength(1);
});
