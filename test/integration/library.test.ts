import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Engine, isEstibaError } from "../../src/index.ts";
import { BINARY, IMAGE, useEngine } from "../fixtures/engine.ts";
import { useService } from "../fixtures/service.ts";

const fixture = useEngine();
const service = useService(fixture);
const opens: readonly (readonly [how: string, open: () => Promise<Engine>])[] = [
  ["in process", async () => await Engine.open({ root: fixture.root, runRoot: fixture.runRoot, binary: BINARY })],
  ["over a socket", async () => await Engine.open({ host: `unix://${service.socket}` })],
];

const SERVER = ["httpd", "-f", "-p", "8080", "-h", "/etc"];

describe.each(opens)("%s", (_how, open) => {
  test("a container runs to its end: its output apart, its exit code, and nothing is left", async () => {
    await using engine = await open();
    const said = await engine.containers.output({
      image: IMAGE,
      command: ["sh", "-c", 'echo "$WHO"; echo no >&2; exit 3'],
      env: { WHO: "me, and\tyou" },
      network: "none",
    });
    expect({ ...said, stdout: "", stderr: Buffer.from(said.stderr).toString() }).toEqual({
      exitCode: 3,
      text: "me, and\tyou\n",
      stdout: "",
      stderr: "no\n",
    });
    expect(await engine.containers.list({ all: true })).toEqual([]);
  });

  test("a service is awaited by port, by HTTP, by its log and by its health, and is gone with its scope", async () => {
    await using engine = await open();
    {
      await using web = await engine.containers.run({
        image: IMAGE,
        name: "web",
        command: ["sh", "-c", `echo begins; exec ${SERVER.join(" ")}`],
        ports: [{ container: 8080, hostIp: "127.0.0.1" }],
        health: { test: ["CMD", "true"], intervalMs: 100 },
      });
      await web.waitUntil({ port: 8080, http: { port: 8080, path: "/passwd" }, log: /^beg/, health: true });
      expect(await web.status()).toBe("running");
      expect((await web.addresses()).map(({ network }) => network)).toEqual(["bridge"]);
      const answer = await fetch(`http://127.0.0.1:${await web.port(8080)}/passwd`);
      expect(await answer.text()).toStartWith("root:");
      expect(await web.port(81)).toBeUndefined();
    }
    expect(await engine.containers.list({ all: true })).toEqual([]);
  });

  test("one that ends before it is ready, or is never ready, is an error", async () => {
    await using engine = await open();
    await using brief = await engine.containers.run({ image: IMAGE, command: ["sh", "-c", "sleep 0.3; exit 1"] });
    const early = await brief.waitUntil({ port: 80 }).catch((error: unknown) => error);
    expect(isEstibaError(early, "wrong_state")).toBe(true);
    await using idle = await engine.containers.run({ image: IMAGE, command: ["sleep", "100"] });
    const late = await idle.waitUntil({ log: "never" }, { timeoutMs: 100 }).catch((error: unknown) => error);
    expect((late as Error).name).toBe("TimeoutError");
  });

  test("commands run in a container with input, and their output is binary-safe", async () => {
    await using engine = await open();
    await using box = await engine.containers.run({ image: IMAGE, command: ["sleep", "100"] });
    const input = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
    const copied = await box.exec(["cat"], { input });
    expect(Buffer.compare(copied.stdout, input)).toBe(0);
    const failed = await box.exec(["sh", "-c", "pwd; echo $A >&2; exit 7"], { workdir: "/tmp", env: { A: "b" } });
    expect([failed.exitCode, failed.text, Buffer.from(failed.stderr).toString()]).toEqual([7, "/tmp\n", "b\n"]);
    const missing = await box.exec(["no-such-program"]).catch((error: unknown) => error);
    expect(isEstibaError(missing) && missing.reason).toBe("runtime.command_not_found");
  });

  test("logs are followed line by line, and stop at the signal", async () => {
    await using engine = await open();
    await using box = await engine.containers.run({
      image: IMAGE,
      command: ["sh", "-c", "n=0; while true; do n=$((n + 1)); echo $n; sleep 0.05; done"],
    });
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { stream, text } of box.logs({ follow: true, signal: stop.signal })) {
      seen.push(`${stream} ${text}`);
      if (seen.length === 3) stop.abort();
    }
    expect(seen.slice(0, 3)).toEqual(["stdout 1", "stdout 2", "stdout 3"]);
    const [usage] = [(await box.stats().next()).value];
    expect(usage?.memoryBytes).toBeGreaterThan(0);
  });

  test("networks, volumes and files: containers find each other by name, and what was written stays", async () => {
    await using engine = await open();
    await using net = await engine.networks.create({ name: "lib-net" });
    await using data = await engine.volumes.create({ labels: { of: "test" } });
    await using web = await engine.containers.run({
      image: IMAGE,
      command: ["httpd", "-f", "-p", "80", "-h", "/data"],
      network: [net.name],
      aliases: ["shop"],
      mounts: [{ type: "volume", source: data.name, target: "/data" }],
    });
    mkdirSync(fixture.path("in"), { recursive: true });
    writeFileSync(join(fixture.path("in"), "page"), "hello");
    await web.copyIn(join(fixture.path("in"), "page"), "/data/page");
    await web.waitUntil({ http: { port: 80, path: "/page" } });
    expect(readFileSync(join(await data.path(), "page"), "utf8")).toBe("hello");
    const found = await engine.containers.output({
      image: IMAGE,
      command: ["nslookup", "shop"],
      network: [net.name],
    });
    expect(found.text).toContain((await web.addresses())[0]?.ip ?? "no address");
    await web.copyOut("/data/page", fixture.path("page"));
    expect(readFileSync(fixture.path("page"), "utf8")).toBe("hello");
    const busy = await net.remove().catch((error: unknown) => error);
    expect(isEstibaError(busy, "in_use")).toBe(true);
  });

  test("events are told as they happen, and images are listed and tagged", async () => {
    await using engine = await open();
    const events = engine.events({ filters: ["event=tag"] });
    const told = events.next();
    const [image] = await engine.images.list();
    await engine.images.tag(IMAGE, "localhost/other:1");
    expect((await told).value).toMatchObject({ type: "image", action: "tag", name: "localhost/other:1" });
    await events.return();
    await engine.images.remove("localhost/other:1");
    expect(image?.names).toEqual(["localhost/bb:1"]);
  });

  test("what waits is left by its signal, and what was made goes with its scope, also when that is left by an error", async () => {
    await using engine = await open();
    const command = ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"];
    const scope = async (): Promise<void> => {
      await using net = await engine.networks.create({ name: "left" });
      await using data = await engine.volumes.create({ name: "left" });
      const mounts = [{ type: "volume", source: data.name, target: "/data" }] as const;
      await using box = await engine.containers.run({ image: IMAGE, command, network: [net.name], mounts });
      const reason = new Error("enough");
      const waits = [
        async (signal: AbortSignal) => await box.wait({ signal }),
        async (signal: AbortSignal) => await box.exec(["sleep", "1000"], { signal }),
        async (signal: AbortSignal) => await box.waitUntil({ port: 1 }, { signal }),
        async (signal: AbortSignal) => await box.waitUntil({ log: "never" }, { signal }),
        async (signal: AbortSignal) => await box.copyIn("/etc", "/copied", { signal }),
        async (signal: AbortSignal) => await box.stop({ timeoutSeconds: 1_000, signal }),
      ];
      for (const wait of waits) {
        const stop = new AbortController();
        const waiting = wait(stop.signal).catch((error: unknown) => error);
        stop.abort(reason);
        expect(await waiting).toBe(reason);
      }
      throw new Error("out of here");
    };
    expect(await scope().catch((error: Error) => error.message)).toBe("out of here");
    expect(await engine.containers.list({ all: true })).toEqual([]);
    expect((await engine.volumes.list()).map(({ name }) => name)).not.toContain("left");
    expect((await engine.networks.list()).map(({ name }) => name)).not.toContain("left");
  });

  test("what cannot be is a typed error that says what to do", async () => {
    await using engine = await open();
    const wrong = [
      engine.containers.run({ image: "no-such-image:1", pull: "never" }),
      engine.containers.create({ image: IMAGE, cpus: -1 }),
      engine.containers.run({ image: IMAGE, mounts: [{ type: "bind", source: "/no/such/folder", target: "/x" }] }),
      engine.containers.run({ image: IMAGE, command: ["no-such-program"] }),
    ];
    const codes = (await Promise.allSettled(wrong)).map((end) =>
      end.status === "rejected" && isEstibaError(end.reason) ? end.reason.code : end.status,
    );
    expect(codes).toEqual(["not_found", "invalid", "invalid", "not_found"]);
    expect(await engine.containers.get("nobody").catch((error: Error) => error.message)).toContain("nobody");
    await Promise.all(
      (await engine.containers.list({ all: true })).map(async (one) => await one.remove({ force: true })),
    );
  });
});

test.each([0o077, 0o000])(
  "with the umask %o the program keeps it, and what the library makes has its own modes",
  async (umask) => {
    const before = process.umask(umask);
    try {
      await using engine = await Engine.open({ root: fixture.root, runRoot: fixture.runRoot, binary: BINARY });
      await using box = await engine.containers.run({
        image: IMAGE,
        command: ["sleep", "1000"],
        workdir: "/work/here",
        network: "none",
        mounts: [{ type: "volume", target: "/data/deep" }],
      });
      const seen = await box.exec([
        "stat",
        "-c",
        "%a",
        "/",
        "/work/here",
        "/data",
        "/data/deep",
        "/etc/hosts",
        "/bound",
      ]);
      expect(seen.text.trim().split("\n")).toEqual(["755", "755", "755", "755", "644"]);
      const modeOf = (path: string): number => statSync(path).mode & 0o777;
      // What is mounted over in the container is seen in what is made of it.
      for (const name of ["dev", "proc", "sys"])
        expect(modeOf(join(fixture.root, "containers", box.id, "upper", name))).toBe(0o755);
      const conmon = readFileSync(join(fixture.runRoot, "containers", box.id, "conmon.pid"), "utf8").trim();
      expect(readFileSync(`/proc/${conmon}/status`, "utf8")).toMatch(/^Umask:\t0022$/m);
      expect(process.umask()).toBe(umask);
    } finally {
      process.umask(before);
    }
  },
);
