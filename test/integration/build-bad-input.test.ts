import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { eventually, IMAGE, runCommand, TestEngine, useEngine } from "../fixtures/engine.ts";
import { makeImage } from "../fixtures/image.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { breaking, startScriptedRegistry } from "../fixtures/scripted-registry.ts";

const engine = useEngine();
const small = new TestEngine();
beforeAll(async () => {
  mkdirSync(small.root);
  const mounted = await runCommand(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", small.root]);
  expect(mounted).toMatchObject({ code: 0 });
  await small.load();
});
afterAll(async () => {
  await small.ok(["system", "reset", "--force"]);
  await runCommand(["umount", small.root]);
  await small.dispose();
});

function context(name: string, ...lines: string[]): string {
  const folder = engine.path(name);
  mkdirSync(folder);
  writeFileSync(join(folder, "Containerfile"), `${lines.join("\n")}\n`);
  return folder;
}

test.each([
  ["an unknown stage", ["FROM bb:1 AS builder"], ["--target", "bilder"], "did you mean builder?"],
  ["an unknown instruction", ["FROM bb:1", "RUM true"], [], "RUN"],
  ["an unknown flag", ["FROM bb:1", "COPY --form=x a b"], [], "unknown flag: --form"],
  [
    "a stage that comes later",
    ["FROM bb:1", "COPY --from=b /a /a", "FROM bb:1 AS b"],
    ["--target", "0"],
    "defined before",
  ],
  ["a heredoc without an end", ["FROM bb:1", "RUN <<E", "true"], [], "unterminated heredoc"],
  ["a missing file", ["FROM bb:1", "COPY none /"], [], '"none" is not in the build context'],
])("%s is one error with the place in the file, and leaves nothing", async (name, lines, options, told) => {
  const folder = context(name.replaceAll(" ", "-"), ...lines);
  const images = await engine.ok(["images", "-aq"]);
  const { code, stdout, stderr } = await engine.run(["build", ...options, folder]);
  expect([code, stdout, stderr]).toEqual([125, "", expect.stringContaining(told)]);
  expect(stderr).toMatch(/Containerfile:\d+|Containerfile.*line \d+|not in the build context/);
  expect(await engine.ok(["images", "-aq"])).toBe(images);
});

test("a disk that is full while RUN writes, or while COPY does, is told, and nothing is left of the build", async () => {
  const writing = context("full-run", `FROM ${IMAGE}`, "RUN dd if=/dev/zero of=/large bs=1M count=100");
  const copying = context("full-copy", `FROM ${IMAGE}`, "COPY large /large");
  writeFileSync(join(copying, "large"), Buffer.alloc(60 << 20, "noise"));
  for (const folder of [writing, copying]) {
    const { code, stdout, stderr } = await small.run(["build", "-t", "full:1", folder]);
    expect([code === 0, stdout]).toEqual([false, ""]);
    expect(stderr).toMatch(/no space left/i);
    expect((await small.run(["image", "exists", "full:1"])).code).toBe(1);
    await small.expectClean();
  }
  expect(await small.ok(["run", "--rm", IMAGE, "echo", "room"])).toBe("room");
});

test("a secret is in no command line while its step runs, and in no event and no JSON progress afterwards", async () => {
  const word = `word-${crypto.randomUUID()}`;
  const file = engine.path("a-secret");
  writeFileSync(file, word);
  const step = 'RUN --mount=type=secret,id=s --mount=type=secret,id=s,env=V echo begun; sleep 2; test -n "$V"';
  const folder = context("secret", `FROM ${IMAGE}`, step);
  const argv = engine.argv(["build", "--progress", "json", "-t", "secret:1", "--secret", `id=s,src=${file}`, folder]);
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  let told = "";
  for await (const chunk of child.stderr) {
    told += new TextDecoder().decode(chunk);
    if (told.includes("begun\\n")) expect(commandLines().filter((line) => line.includes(word))).toEqual([]);
  }
  expect([await child.exited, told.includes("begun\\n"), told.includes(word)]).toEqual([0, true, false]);
  const events = await engine.ok(["events", "--stream=false", "--since", "1h"]);
  const shown = await engine.ok(["image", "inspect", "secret:1"]);
  expect([events.includes(word), shown.includes(word)]).toEqual([false, false]);
  expect((await engine.ok(["history", "--no-trunc", "secret:1"])).includes(word)).toBe(false);
  await engine.ok(["rmi", "secret:1"]);
});

test("a push whose connection breaks off in the middle of a layer is made good, and the image arrives whole", async () => {
  await using registry = await startRegistry();
  const broken = { once: false };
  const proxy = await breakingProxy(registry.host, broken);
  try {
    const folder = context("noise", "FROM scratch", "COPY noise /noise");
    writeFileSync(join(folder, "noise"), crypto.getRandomValues(new Uint8Array(65_536)));
    const noise = Array.from({ length: 320 }, () => crypto.getRandomValues(new Uint8Array(65_536)));
    writeFileSync(join(folder, "noise"), Buffer.concat(noise));
    const address = proxy.address();
    const name = `127.0.0.1:${typeof address === "object" ? address?.port : ""}/noise:1`;
    await engine.ok(["build", "-q", "-t", name, folder]);
    await engine.ok(["push", "-q", name]);
    expect(broken.once).toBe(true);
    await engine.ok(["rmi", name]);
    await engine.ok(["pull", "-q", `${registry.host}/noise:1`]);
    await engine.ok(["rmi", `${registry.host}/noise:1`]);
  } finally {
    proxy.close();
  }
});

test("a push behind a proxy that takes no long body goes on in chunks", async () => {
  await using registry = await startRegistry();
  const seen = { refused: 0, chunks: 0 };
  using proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const { pathname, search, host } = new URL(request.url);
      if (request.method === "PATCH") {
        const isChunk = request.headers.has("content-range");
        seen[isChunk ? "chunks" : "refused"] += 1;
        if (!isChunk) return new Response("too large", { status: 413, headers: { Connection: "close" } });
      }
      const headers = new Headers(request.headers);
      headers.set("host", host);
      const body = ["GET", "HEAD"].includes(request.method) ? undefined : await request.bytes();
      const { method } = request;
      const to = `http://${registry.host}${pathname}${search}`;
      return await fetch(to, { method, headers, redirect: "manual", ...(body === undefined ? {} : { body }) });
    },
  });
  const folder = context("proxied", "FROM scratch", "COPY noise /noise");
  const noise = Array.from({ length: 320 }, () => crypto.getRandomValues(new Uint8Array(65_536)));
  writeFileSync(join(folder, "noise"), Buffer.concat(noise));
  const name = `127.0.0.1:${proxy.port}/noise:1`;
  await engine.ok(["build", "-q", "-t", name, folder]);
  await engine.ok(["push", "-q", name]);
  expect(seen).toEqual({ refused: 1, chunks: 3 });
  const id = await engine.ok(["images", "-q", "--no-trunc", name]);
  await engine.ok(["rmi", name]);
  expect(`sha256:${await engine.ok(["pull", "-q", `${registry.host}/noise:1`])}`).toBe(id);
  await engine.ok(["rmi", `${registry.host}/noise:1`]);
});

test("a base whose registry refuses it is one error that leaves nothing; one whose connection breaks off comes whole", async () => {
  const base = await makeImage(engine.path("base"), {
    files: { noise: crypto.getRandomValues(new Uint8Array(65_536)) },
  });
  await using registry = startScriptedRegistry(base);
  const folder = context("from-registry", `FROM ${registry.host}/team/base:1`, "RUN wc -c < /noise > /size");
  const images = await engine.ok(["images", "-aq"]);
  registry.script = ({ kind }) =>
    kind === "manifests" ? Response.json({ errors: [{ code: "DENIED", message: "no" }] }, { status: 403 }) : undefined;
  const refused = await engine.run(["build", folder]);
  expect([refused.code, refused.stdout]).toEqual([125, ""]);
  expect(refused.stderr).toContain("does not let you pull team/base: HTTP 403 DENIED: no");
  expect(await engine.ok(["images", "-aq"])).toBe(images);
  await engine.expectClean();
  registry.script = async (asked) => {
    const answer = registry.honest(asked);
    if (asked.kind !== "blobs" || asked.before > 0) return answer;
    const bytes = await answer.bytes();
    return new Response(breaking(bytes.subarray(0, bytes.byteLength >> 1)));
  };
  const id = await engine.ok(["build", "-q", folder]);
  expect(await engine.ok(["run", "--rm", id, "cat", "/size"])).toBe("65536");
  await engine.ok(["rmi", "--force", id, `${registry.host}/team/base:1`]);
});

test("RUN has the rights that a container has by default, and no other", async () => {
  const folder = context(
    "rights",
    `FROM ${IMAGE}`,
    "RUN grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/self/status > /rights",
  );
  const id = await engine.ok(["build", "-q", folder]);
  const container = await engine.ok([
    "run",
    "--rm",
    IMAGE,
    "grep",
    "-E",
    "Cap|NoNewPrivs|Seccomp:",
    "/proc/self/status",
  ]);
  expect(await engine.ok(["run", "--rm", id, "cat", "/rights"])).toBe(container);
});

test("a build that is killed in the middle of a COPY leaves what check --repair takes away, and the next one works", async () => {
  const folder = context("killed", `FROM ${IMAGE}`, "COPY files /files", "RUN test $(ls /files | wc -l) = 1500");
  mkdirSync(join(folder, "files"));
  for (let index = 0; index < 1500; index++) writeFileSync(join(folder, "files", String(index)), `${index}`);
  const child = Bun.spawn(engine.argv(["build", folder]), { stdout: "ignore", stderr: "pipe", stdin: "ignore" });
  const layers = (): number => readdirSync(join(engine.root, "layers")).length;
  const before = layers();
  await eventually(layers, (count) => count > before);
  child.kill("SIGKILL");
  await child.exited;
  expect((await engine.run(["system", "check", "--repair"])).code).toBe(0);
  await engine.expectClean();
  expect((await engine.run(["build", "-q", folder])).code).toBe(0);
});

function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        // Gone meanwhile.
        return "";
      }
    });
}

/** Passes bytes on to a registry, and cuts the first connection that has sent 12 MB. */
async function breakingProxy(host: string, broken: { once: boolean }): Promise<Server> {
  const [name = "", port = ""] = host.split(":");
  const server = createServer((client: Socket) => {
    const upstream = connect(Number(port), name);
    let sent = 0;
    client.on("data", (chunk: Buffer) => {
      sent += chunk.byteLength;
      if (sent > 12e6 && !broken.once) {
        broken.once = true;
        client.destroy();
        upstream.destroy();
        return;
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk: Buffer) => client.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("close", () => other.destroy());
      // A reset is what is wanted here.
      one.on("error", () => other.destroy());
    }
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  return server;
}
