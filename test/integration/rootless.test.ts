import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTicksOf } from "../../src/host/process.ts";
import { eventually, IMAGE, type TestEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";
import { FIRST_SUB_ID, rootlessEngine, USER_ID, whyNotRootless } from "../fixtures/rootless.ts";

const why = whyNotRootless();
const SLOW_MS = 300_000;

describe.skipIf(why !== undefined)(`a user who is not root${why === undefined ? "" : ` (${why})`}`, () => {
  let engine: TestEngine & AsyncDisposable;
  beforeAll(async () => void (engine = await rootlessEngine()), SLOW_MS);
  afterEach(async () => await engine.clear(), SLOW_MS);
  afterAll(async () => await engine[Symbol.asyncDispose](), SLOW_MS);

  const processOf = (name: "namespaces" | "slirp"): number =>
    Number(readFileSync(engine.path(join("user/estiba-rootless", name)), "utf8").split(" ")[0]);

  test("is root in the container, and himself on the host", async () => {
    const id = await engine.detached([], "sleep", "1000");
    expect(await engine.ok(["exec", id, "id", "-u"])).toBe("0");
    const pid = await engine.ok(["inspect", "--format", "{{.State.Pid}}", id]);
    expect(statSync(`/proc/${pid}`).uid).toBe(USER_ID);
    const map = readFileSync(`/proc/${pid}/uid_map`, "utf8").trim().split("\n");
    expect(map.map((line) => line.trim().split(/\s+/))).toEqual([
      ["0", String(USER_ID), "1"],
      ["1", String(FIRST_SUB_ID), "65535"],
    ]);
    expect(await engine.ok(["info", "--format", "{{.Host.Security.Rootless}}"])).toBe("true");
  });

  test("has files with owners of every id, his own in what he binds", async () => {
    writeFileSync(engine.path("home/note"), "");
    const home = ["-v", `${engine.path("home")}:/home`];
    const made = await engine.ok([
      "run",
      "--rm",
      ...home,
      "-v",
      "store:/store",
      IMAGE,
      "sh",
      "-c",
      "touch /home/mine /store/other && chown 1000:1000 /store/other && stat -c %u:%n /home/mine /store/other",
    ]);
    expect(made).toBe("0:/home/mine\n1000:/store/other");
    expect(statSync(engine.path("home/mine")).uid).toBe(USER_ID);
    await engine.ok(["volume", "rm", "store"]);
  });

  test("stands in the folder that he called from", async () => {
    await engine.ok(["run", "--rm", "-v", "./:/here", IMAGE, "touch", "/here/relative"], { cwd: engine.path("home") });
    expect(existsSync(engine.path("home/relative"))).toBe(true);
  });

  test("gets the exit code, what is printed, and what he writes to it, as it is", async () => {
    const { code, stdout } = await engine.run(["run", "-i", "--rm", IMAGE, "sh", "-c", "cat; exit 7"], {
      stdin: "héllo",
    });
    expect({ code, stdout }).toEqual({ code: 7, stdout: "héllo" });
  });

  test("publishes ports on the host, and has them back when the container ends", async () => {
    const port = await freePort();
    const serve = ["sh", "-c", "echo here > /tmp/page && httpd -f -p 80 -h /tmp"];
    const id = await engine.detached(["-p", `127.0.0.1:${port}:80`], ...serve);
    const page = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${port}/page`)).text();
    expect(
      await eventually(
        async () => await page().catch(() => ""),
        (text) => text !== "",
      ),
    ).toBe("here\n");
    const second = await engine.run(["run", "--rm", "-p", `127.0.0.1:${port}:80`, IMAGE, "true"]);
    expect([second.code, second.stderr]).toEqual([125, expect.stringContaining(`${id.slice(0, 12)} uses it`)]);
    await engine.ok(["stop", "-t", "0", id]);
    using _listener = Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
    const third = await engine.run(["start", id]);
    expect([third.code, third.stderr]).toEqual([125, expect.stringContaining("the port is in use")]);
  });

  test("publishes a random port that is free on the host", async () => {
    const id = await engine.detached(["-p", "80"], "httpd", "-f", "-p", "80");
    const port = Number((await engine.ok(["port", id, "80"])).split(":").at(-1));
    expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).toBe(404);
  });

  test("has networks on which containers find each other by name", async () => {
    await engine.ok(["network", "create", "harbour"]);
    await engine.detached(["--name", "crane", "--network", "harbour"], "httpd", "-f", "-p", "80", "-h", "/etc");
    const read = ["run", "--rm", "--network", "harbour", IMAGE, "wget", "-q", "-O", "-", "http://crane/hostname"];
    expect(await engine.ok(read)).toContain(await engine.ok(["exec", "crane", "hostname"]));
    await engine.ok(["rm", "-f", "-t", "0", "crane"]);
    await engine.ok(["network", "rm", "harbour"]);
  });

  test("has the host's own network with --network host", async () => {
    const own = await engine.ok(["run", "--rm", "--network", "host", IMAGE, "readlink", "/proc/self/ns/net"]);
    expect(own).toBe(readlinkSync("/proc/self/ns/net"));
  });

  test("asks the name servers of the host by way of slirp4netns where those listen on loopback", async () => {
    const text = await engine.ok(["run", "--rm", IMAGE, "cat", "/etc/resolv.conf"]);
    expect(text).toBe("nameserver 10.0.2.3\nsearch harbour.test");
  });

  test("sees files as containers do by unshare, and what their network has", async () => {
    await engine.ok([
      "run",
      "--rm",
      "-v",
      `${engine.path("home")}:/home`,
      IMAGE,
      "sh",
      "-c",
      "touch /home/f && chown 9:9 /home/f",
    ]);
    expect(await engine.ok(["unshare", "stat", "-c", "%u", engine.path("home/f")])).toBe("9");
    expect(statSync(engine.path("home/f")).uid).toBe(FIRST_SUB_ID + 8);
    expect(await engine.ok(["unshare", "--rootless-netns", "cat", "/proc/net/dev"])).toContain("tap0");
    expect((await engine.run(["unshare", "sh", "-c", "exit 3"])).code).toBe(3);
    await engine.ok(["unshare", "rm", engine.path("home/f")]);
  });

  test("builds images, with files of other owners", async () => {
    writeFileSync(
      engine.path("home/Dockerfile"),
      `FROM ${IMAGE}\nRUN touch /made && chown 5:6 /made && rm /etc/passwd\n`,
    );
    await engine.ok(["build", "-q", "-t", "made", engine.path("home")]);
    expect(await engine.ok(["run", "--rm", "made", "sh", "-c", "stat -c %u:%g /made; ls /etc/passwd || true"])).toBe(
      "5:6",
    );
    await engine.ok(["rmi", "made"]);
  });

  test("has pods and projects of Compose", async () => {
    const port = await freePort();
    const file = engine.path("home/compose.yaml");
    writeFileSync(
      file,
      `services:\n  web:\n    image: ${IMAGE}\n    command: httpd -f -p 80\n    ports: ["${port}:80"]\n  other:\n    image: ${IMAGE}\n    command: sleep 1000\n`,
    );
    await engine.ok(["compose", "-f", file, "up", "-d"]);
    // The port is there before the server listens behind it.
    await eventually(
      async () =>
        await fetch(`http://127.0.0.1:${port}/nothing`).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 404,
    );
    await engine
      .ok(["compose", "-f", file, "exec", "other", "wget", "-q", "--spider", "http://web/"])
      .catch((error: unknown) => {
        expect(String(error)).toContain("404");
      });
    await engine.ok(["compose", "-f", file, "down", "-t", "0"]);
    await engine.ok(["pod", "create", "--name", "pair"]);
    await engine.ok(["run", "-d", "--pod", "pair", IMAGE, "httpd", "-f", "-p", "81"]);
    const beside = await engine.run([
      "run",
      "--rm",
      "--pod",
      "pair",
      IMAGE,
      "wget",
      "-q",
      "-O",
      "-",
      "http://127.0.0.1:81/",
    ]);
    expect(beside.stderr).toContain("404");
    await engine.ok(["pod", "rm", "-f", "-t", "0", "pair"]);
  });

  test("is told what only root can have", async () => {
    const id = await engine.detached([], "sleep", "1000");
    const refused: readonly (readonly [string[], string])[] = [
      [["pause", id], "needs cgroups"],
      [["stats", "--no-stream", id], "needs cgroups"],
      [["run", "--rm", "--userns", "auto", IMAGE, "true"], "has no other"],
      [["run", "--rm", "-p", "[::1]::80", IMAGE, "true"], "IPv4"],
      [["swarm", "init"], "only root"],
    ];
    for (const [words, said] of refused) {
      const { code, stderr } = await engine.run(words);
      expect([code, stderr]).toEqual([125, expect.stringContaining(said)]);
    }
    const limited = await engine.run(["run", "--rm", "-m", "20m", IMAGE, "true"]);
    expect([limited.code, limited.stderr]).toEqual([0, expect.stringContaining("Limitation discarded")]);
  });

  test("has his ports again after the way out was killed and made anew", async () => {
    const port = await freePort();
    await engine.detached(["-p", `${port}:80`], "httpd", "-f", "-p", "80");
    const killed = processOf("slirp");
    process.kill(killed, "SIGKILL");
    await eventually(
      () => startTicksOf(killed),
      (ticks) => ticks === undefined,
    );
    await engine.ok(["network", "reload", "--all"]);
    expect(processOf("slirp")).not.toBe(killed);
    expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).toBe(404);
  });

  test("has new namespaces once nothing runs in the old ones", async () => {
    const id = await engine.detached([], "sleep", "1000");
    const { code, stderr } = await engine.run(["system", "migrate"]);
    expect([code, stderr]).toEqual([125, expect.stringContaining("stop the containers first")]);
    await engine.ok(["stop", "-t", "0", id]);
    const former = processOf("namespaces");
    // What cleans up after the container may be in them for a moment.
    await eventually(
      async () => (await engine.run(["system", "migrate"])).code,
      (ended) => ended === 0,
    );
    expect(startTicksOf(former)).toBe(undefined);
    expect(await engine.ok(["start", id])).toBe(id);
  });
});
