import { describe, expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { readCgroupMode } from "../../src/host/cgroup-mode.ts";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = async (options: readonly string[], ...command: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "--rm", ...options, IMAGE, ...command]);
    const detached = async (options: readonly string[], ...command: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "-d", ...options, IMAGE, ...command]);
    const namespaceOf = async (id: string, type: string) =>
      readlinkSync(`/proc/${await engine.ok(["inspect", "--format", "{{.State.Pid}}", id])}/ns/${type}`);

    test("a container has processes, names, memory and a network of its own", async () => {
      const id = await detached([], "sleep", "1000");
      for (const type of ["pid", "uts", "ipc", "net", "mnt"])
        expect(await namespaceOf(id, type)).not.toBe(readlinkSync(`/proc/self/ns/${type}`));
      expect(await namespaceOf(id, "user")).toBe(readlinkSync("/proc/self/ns/user"));
    });

    test("each of them can be the host's", async () => {
      for (const [option, type] of [
        ["--pid", "pid"],
        ["--uts", "uts"],
        ["--ipc", "ipc"],
        ["--network", "net"],
        ["--cgroupns", "cgroup"],
      ] as const) {
        const id = await detached([option, "host"], "sleep", "1000");
        expect({ option, ns: await namespaceOf(id, type) }).toEqual({
          option,
          ns: readlinkSync(`/proc/self/ns/${type}`),
        });
        await engine.ok(["rm", "-f", id]);
      }
      expect(await run(["--uts", "host"], "hostname")).toBe(hostname());
      expect(await run(["--ipc", "host"], "sh", "-c", "mount | grep -c ' /dev/shm '")).toBe("1");
    });

    test("the processes that a container leaves among the host's end with it", async () => {
      const id = await detached(["--pid", "host"], "sh", "-c", "sleep 4321 & echo $!; read x </dev/null");
      await engine.ok(["wait", id]);
      const pid = await engine.ok(["logs", id]);
      await engine.ok(["rm", id]);
      expect(() => readlinkSync(`/proc/${pid}/ns/pid`)).toThrow();
    });

    test("each of them can be another container's, by its name", async () => {
      const id = await detached(
        ["--name", "donor", "--hostname", "giver"],
        "sh",
        "-c",
        "echo hi >/dev/shm/f; sleep 1000",
      );
      for (const [option, type] of [
        ["--pid", "pid"],
        ["--uts", "uts"],
        ["--ipc", "ipc"],
        ["--network", "net"],
        ["--cgroupns", "cgroup"],
      ] as const) {
        const joined = await detached([option, "container:donor"], "sleep", "1000");
        expect({ option, ns: await namespaceOf(joined, type) }).toEqual({ option, ns: await namespaceOf(id, type) });
        expect(await engine.ok(["inspect", "--format", "{{json .Dependencies}}", joined])).toBe(`["${id}"]`);
        await engine.ok(["rm", "-f", joined]);
      }
      expect(await run(["--uts", "container:donor"], "hostname")).toBe("giver");
      expect(await run(["--ipc", "container:donor"], "cat", "/dev/shm/f")).toBe("hi");
      expect(await run(["--pid", "container:donor"], "ps")).toContain("sleep 1000");
    });

    test("a shared network comes with its names and addresses", async () => {
      await detached(["--name", "web", "--hostname", "giver"], "sleep", "1000");
      const files = "hostname; cat /etc/hosts /etc/resolv.conf";
      const own = await engine.ok(["exec", "web", "sh", "-c", files]);
      expect(await run(["--network", "container:web"], "sh", "-c", files)).toBe(own);
      const addresses = "ip -o addr | grep -v ' lo '";
      expect(await run(["--network", "container:web"], "sh", "-c", addresses)).toBe(
        await engine.ok(["exec", "web", "sh", "-c", addresses]),
      );
    });

    test("each of them can be one at a path", async () => {
      const id = await detached(["--hostname", "giver"], "sh", "-c", "echo hi >/dev/shm/f; sleep 1000");
      const pid = await engine.ok(["inspect", "--format", "{{.State.Pid}}", id]);
      expect(await run(["--uts", `ns:/proc/${pid}/ns/uts`], "readlink", "/proc/self/ns/uts")).toBe(
        await namespaceOf(id, "uts"),
      );
      expect(await run(["--pid", `ns:/proc/${pid}/ns/pid`], "ps")).toContain("sleep 1000");
      expect(await run(["--network", `ns:/proc/${pid}/ns/net`], "ip", "-o", "addr")).toContain("eth0");
      expect(await run(["--ipc", `ns:/proc/${pid}/ns/ipc`], "readlink", "/proc/self/ns/ipc")).toBe(
        await namespaceOf(id, "ipc"),
      );
    });

    test("a container without shared memory has no /dev/shm", async () => {
      expect(await run(["--ipc", "none"], "sh", "-c", "[ -e /dev/shm ] || echo none")).toBe("none");
    });

    test("a cgroup namespace shows the container's own cgroup as the root", async () => {
      expect(await run(["--cgroupns", "private"], "sh", "-c", "grep -vc ':/$' /proc/self/cgroup || true")).toBe("0");
      const wanted = readCgroupMode() === "v2" ? "0" : /^[1-9]/;
      expect(await run([], "sh", "-c", "grep -vc ':/$' /proc/self/cgroup || true")).toMatch(wanted);
    });

    test("a container that is joined must run, and lets others join its memory", async () => {
      await engine.ok(["--runtime", runtime, "create", "--name", "asleep", IMAGE, "true"]);
      await detached(["--name", "closed", "--ipc", "private"], "sleep", "1000");
      for (const [options, words] of [
        [["--pid", "container:asleep"], "is created, not running"],
        [["--network", "container:asleep"], "is created, not running"],
        [["--ipc", "container:closed"], "non-shareable IPC"],
        [["--uts", "container:nonesuch"], 'no container with name or ID "nonesuch"'],
      ] as const) {
        const { code, stderr } = await engine.run(["--runtime", runtime, "run", "--rm", ...options, IMAGE, "true"]);
        expect({ options, code }).toEqual({ options, code: 125 });
        expect(stderr).toContain(words);
      }
    });
  });
}

test("a container that another one joins is not removed before it, unless both are to go", async () => {
  const donor = await engine.detached([], "sleep", "1000");
  const joined = await engine.detached(["--network", `container:${donor}`], "sleep", "1000");
  const { code, stderr } = await engine.run(["rm", "--force", donor]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(`has dependent containers which must be removed before it: ${joined}`);
  await engine.ok(["rm", "--force", "--depend", donor]);
  expect(await engine.ok(["ps", "--all", "--quiet"])).toBe("");
});

test("what a shared namespace does not let a container change is refused", async () => {
  await engine.detached(["--name", "donor"], "sleep", "1000");
  for (const options of [
    ["--uts", "host", "--hostname", "x"],
    ["--network", "host", "--sysctl", "net.core.somaxconn=100"],
    ["--ipc", "host", "--sysctl", "kernel.msgmax=100"],
    ["--network", "container:donor", "--publish", "80"],
    ["--network", "container:donor", "--dns", "1.1.1.1"],
    ["--network", "container:donor", "--add-host", "a:1.1.1.1"],
    ["--pid", "nonesuch"],
    ["--uts", "ns:relative"],
    ["--ipc", "container:"],
  ]) {
    const { code, stderr } = await engine.run(["run", "--rm", ...options, IMAGE, "true"]);
    expect({ options, code }).toEqual({ options, code: 125 });
    expect(stderr).toContain(`${options.at(-2)}: `);
  }
});
