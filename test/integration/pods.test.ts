import { expect, test } from "bun:test";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const SLEEP = ["sleep", "1000"];

const pidOf = async (name: string): Promise<number> =>
  Number(await engine.ok(["inspect", "-f", "{{.State.Pid}}", name]));
const namespaceOf = (pid: number, kind: string): string => readlinkSync(`/proc/${pid}/ns/${kind}`);
const member = async (pod: string, name: string, ...options: string[]): Promise<void> => {
  await engine.ok(["run", "-d", "--pod", pod, "--name", name, ...options, IMAGE, ...SLEEP]);
};
const exec = async (name: string, script: string): Promise<string> =>
  await engine.ok(["exec", name, "sh", "-c", script]);
const KINDS = ["ipc", "net", "uts", "pid", "user", "mnt"] as const;

/** The kinds of namespaces in which two processes are. */
const sharedKinds = (one: number, other: number): string[] =>
  KINDS.filter((kind) => namespaceOf(one, kind) === namespaceOf(other, kind)).toSorted();

const memories = (): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[4] ?? [])
    .filter((path) => path.startsWith(engine.folder) && path.endsWith("/shm"));

test("the memory of a pod is on the host as long as its infra container runs; a start makes it anew", async () => {
  await engine.ok(["pod", "create", "--shm-size", "2m", "p"]);
  expect(memories()).toEqual([]);
  await member("p", "a", "--stop-timeout", "0");
  await member("p", "b", "--stop-timeout", "0");
  const infra = await engine.ok(["pod", "inspect", "-f", "{{.InfraContainerID}}", "p"]);
  expect(memories()).toEqual([join(engine.root, "containers", infra, "shm")]);
  await exec("a", "echo memory >/dev/shm/m");
  expect(await exec("b", "cat /dev/shm/m; df -k /dev/shm | tail -n 1")).toMatch(/^memory\nshm +2048 /);
  await engine.ok(["pod", "stop", "-t", "0", "p"]);
  expect(memories()).toEqual([]);
  await engine.ok(["pod", "start", "p"]);
  expect(await exec("b", "ls /dev/shm")).toBe("");
  // With ids of their own, members find it in the infra container.
  await engine.ok(["pod", "create", "--userns", "auto:size=1024", "mapped"]);
  await member("mapped", "c");
  await member("mapped", "d");
  await exec("c", "echo mapped >/dev/shm/m");
  expect(await exec("d", "cat /dev/shm/m")).toBe("mapped");
  expect(memories()).toHaveLength(1);
  await engine.ok(["pod", "rm", "-f", "p", "mapped"]);
  expect(memories()).toEqual([]);
});

test("a pod's /etc/hosts has the names of those of its members that run, whatever else stands there", async () => {
  await engine.ok(["pod", "create", "--add-host", "b:127.0.0.1", "p"]);
  await member("p", "a", "--stop-timeout", "0");
  await exec("a", "echo '10.1.1.1 mine' >>/etc/hosts");
  const names = async (): Promise<string> =>
    await exec("a", "grep -E '^(127|10.1.1)' /etc/hosts | tr '[:space:]' ' ' | sed 's/127.0.0.1 localhost //'");
  await engine.ok(["run", "--rm", "--pod", "p", "--name", "b", IMAGE, "true"]);
  expect((await engine.run(["run", "--rm", "--pod", "p", "--name", "c", IMAGE, "/nonesuch"])).code).toBe(127);
  expect(await names()).toBe("127.0.0.1 b 127.0.0.1 a 10.1.1.1 mine");
  const brief = [1, 2, 3, 4, 5, 6].map((n) =>
    engine.ok(["run", "--rm", "--pod", "p", "--name", `n${n}`, IMAGE, "true"]),
  );
  await Promise.all([...brief, member("p", "d", "--stop-timeout", "0")]);
  expect(await names()).toBe("127.0.0.1 b 127.0.0.1 a 10.1.1.1 mine 127.0.0.1 d");
  await engine.ok(["rename", "d", "e"]);
  expect(await names()).toBe("127.0.0.1 b 127.0.0.1 a 10.1.1.1 mine 127.0.0.1 e");
  await engine.ok(["kill", "e"]);
  await eventually(names, (text) => text === "127.0.0.1 b 127.0.0.1 a 10.1.1.1 mine");
  await engine.ok(["restart", "a"]);
  expect(await names()).toBe("127.0.0.1 b 10.1.1.1 mine 127.0.0.1 a");
});

test("three members of a pod share exactly its namespaces, and what lies in them", async () => {
  await engine.ok(["secret", "create", "token", "-"], { stdin: "hush" });
  const configured = ["-e", "STAGE=pod", "-v", "shared:/shared", "--secret", "token"];
  await engine.ok(["pod", "create", "--name", "trio", ...configured]);
  await member("trio", "one", "-e", "OWN=1");
  await member("trio", "two");
  await member("trio", "three", "-e", "STAGE=own");
  const pids = await Promise.all(["one", "two", "three"].map(pidOf));
  const [one = 0, two = 0, three = 0] = pids;
  // The host's user namespace is everybody's.
  expect(sharedKinds(one, two)).toEqual(["ipc", "net", "user", "uts"]);
  expect(sharedKinds(two, three)).toEqual(["ipc", "net", "user", "uts"]);
  expect(sharedKinds(one, process.pid)).toEqual(["user"]);
  // localhost
  await engine.ok(["exec", "-d", "one", "sh", "-c", "mkdir /www; echo hello >/www/index.html; httpd -p 8000 -h /www"]);
  const get = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 127.0.0.1 8000 | tail -n 1";
  await eventually(
    async () => (await engine.run(["exec", "two", "sh", "-c", get])).stdout,
    (text) => text === "hello\n",
  );
  // a System V segment, a POSIX queue, a file in shared memory, a volume
  await runCommand(["nsenter", "-t", String(one), "-i", "ipcmk", "-M", "4096"]);
  for (const name of ["two", "three"]) expect(await exec(name, "tail -n +2 /proc/sysvipc/shm | wc -l")).toBe("1");
  await exec("one", "touch /dev/mqueue/jobs; echo memory >/dev/shm/m; echo volume >/shared/v");
  expect(await exec("two", "ls /dev/mqueue; cat /dev/shm/m /shared/v")).toBe("jobs\nmemory\nvolume");
  // configuration: the pod's, a member's own wins
  expect(await exec("one", "echo $STAGE $OWN")).toBe("pod 1");
  expect(await exec("three", "echo $STAGE $OWN; cat /run/secrets/token")).toBe("own\nhush");
  expect(await exec("one", "cat /run/secrets/token; grep -c trio /etc/hosts")).toMatch(/^hush[1-9]$/);
  expect(new Set(await Promise.all(["one", "two", "three"].map((name) => exec(name, "hostname"))))).toEqual(
    new Set(["trio"]),
  );
  // one parent cgroup
  const parents = pids.map((pid) =>
    readFileSync(`/proc/${pid}/cgroup`, "utf8")
      .replaceAll(/\/[0-9a-f]{64}$/gm, "")
      .trim(),
  );
  expect(new Set(parents).size).toBe(1);
  expect(parents[0]).toContain("/pod-");
  // the picture says the same
  const picture = await engine.ok(["pod", "map", "trio"]);
  const rows = picture.split("\n").filter((line) => /^ (one|two|three) /.test(line));
  expect(rows.map((line) => line.slice(52).trim().split(/ +/))).toEqual([
    ["A", "A", "A", "B", "·", expect.anything(), "B"],
    ["A", "A", "A", "C", "·", expect.anything(), "C"],
    ["A", "A", "A", "D", "·", expect.anything(), "D"],
  ]);
  const infra = await engine.ok(["pod", "inspect", "-f", "{{.InfraContainerID}}", "trio"]);
  const address = await engine.ok(["inspect", "-f", "{{.NetworkSettings.IPAddress}}", infra]);
  expect(picture).toMatch(/bb:1 +\[\S+\]\n +\+ one \[rw \S+\], t\w+ \[rw /);
  expect(picture).toMatch(new RegExp(`-infra +eth0 +${address.replaceAll(".", "\\.")},`));
  expect(picture).toMatch(/ +volume shared +\S+-infra:\/shared, one:\/shared, /);
  const map = await engine.ok(["pod", "map", "--svg", "-", "trio"]);
  for (const pid of pids)
    for (const kind of KINDS) expect(map).toContain(/\d+/.exec(namespaceOf(pid, kind))?.[0] ?? "?");
  // a conmon each
  const monitors = await Promise.all(
    ["one", "two", "three"].map((name) => engine.ok(["inspect", "-f", "{{.State.ConmonPid}}", name])),
  );
  expect(new Set(monitors).size).toBe(3);
  for (const pid of monitors) expect(readFileSync(`/proc/${pid}/comm`, "utf8")).toBe("conmon\n");
});

for (const [share, kinds] of [
  ["net", ["net", "user"]],
  ["ipc,pid", ["ipc", "pid", "user"]],
  ["+pid", ["ipc", "net", "pid", "user", "uts"]],
  ["none", ["user"]],
] as const) {
  test(`with --share ${share} members have in common: ${kinds.join(", ")}`, async () => {
    await engine.ok(["pod", "create", "--share", share, "p"]);
    await member("p", "a");
    await member("p", "b");
    expect(sharedKinds(await pidOf("a"), await pidOf("b"))).toEqual([...kinds]);
    await engine.ok(["pod", "rm", "-f", "p"]);
  });
}

test("a pod's limits hold for all of its members together, and its own mapping of ids for each", async () => {
  const limits = ["--memory", "64m", "--pids-limit", "50", "--cpus", "0.5"];
  await engine.ok(["pod", "create", ...limits, "--shm-size", "3m", "--userns", "auto", "p"]);
  await member("p", "a");
  await member("p", "b");
  const seen = "cat /proc/self/uid_map; df -k /dev/shm | tail -n 1; ls /dev/mqueue";
  await exec("a", "touch /dev/mqueue/jobs");
  const [a, b] = [await exec("a", seen), await exec("b", seen)];
  expect(a).toMatch(/^ *0 +[1-9]\d+ +\d+\nshm +3072 .*\njobs$/);
  expect(b).toBe(a);
  const cgroup = await engine.ok(["pod", "inspect", "-f", "{{.CgroupPath}}", "p"]);
  const v2 = existsSync(`/sys/fs/cgroup${cgroup}/memory.max`);
  const read = (controller: string, v1: string, unified: string) =>
    readFileSync(
      v2 ? `/sys/fs/cgroup${cgroup}/${unified}` : `/sys/fs/cgroup/${controller}${cgroup}/${v1}`,
      "utf8",
    ).trim();
  expect(read("memory", "memory.limit_in_bytes", "memory.max")).toBe(String(64 * 1024 * 1024));
  expect(read("pids", "pids.max", "pids.max")).toBe("50");
  expect(read("cpu", "cpu.cfs_quota_us", "cpu.max")).toMatch(/^50000/);
  const sized = async (size: string) =>
    await engine.run([
      "run",
      "--rm",
      "--pod",
      "p",
      "--shm-size",
      size,
      IMAGE,
      "sh",
      "-c",
      "df -k /dev/shm | tail -n 1",
    ]);
  const told = "--shm-size has no effect: /dev/shm is the pod's\n";
  expect(await sized("5m")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ 3072 /) as string,
    stderr: `WARN: ${told}`,
  });
  expect((await sized("3m")).stderr).toBe("");
  // Of a member's limits and the pod's the lower one holds.
  await member("p", "c", "--memory", "32m");
  const limited = ["--no-stream", "--format", "{{.Name}} {{.MemUsage}}"];
  expect(await engine.ok(["pod", "stats", ...limited, "p"])).toMatch(
    /-infra .* \/ 67\.11MB\na .* \/ 67\.11MB\nb .* \/ 67\.11MB\nc .* \/ 33\.55MB$/,
  );
  expect(await engine.ok(["stats", ...limited, "a"])).toEndWith(" / 67.11MB");
  await engine.ok(["rm", "-f", "-t", "0", "c"]);
  expect(await engine.ok(["pod", "map", "p"])).toMatch(/pod-[0-9a-f]{12} +\(p\) +\S+ +64\.0M +\S+ +0\.5 +3 +50\n/);
});

test("a member's security options win over its pod's, also where they ask for what is usual", async () => {
  await engine.ok(["pod", "create", "--security-opt", "seccomp=unconfined", "--security-opt", "mask=/tmp", "p"]);
  await member("p", "a");
  await member("p", "b", "--security-opt", "seccomp=builtin", "--security-opt", "unmask=ALL");
  const told = "grep Seccomp: /proc/self/status; grep -c ' /tmp ' /proc/self/mounts || true";
  expect(await exec("a", told)).toBe("Seccomp:\t0\n1");
  expect(await exec("b", told)).toBe("Seccomp:\t2\n0");
  // So it is in another pod of that configuration.
  await engine.ok(["pod", "clone", "--start", "p", "q"]);
  expect(await exec("b-clone", told)).toBe("Seccomp:\t2\n0");
});

test("configuration of a pod reaches members, whose own values win; the host's network is theirs, too", async () => {
  const options = ["--network", "host", "--security-opt", "no-new-privileges", "--device", "/dev/null:/dev/void"];
  await engine.ok(["pod", "create", ...options, "--no-hosts", "p"]);
  const [{ devices }] = JSON.parse(await engine.ok(["pod", "inspect", "p"])) as [{ devices: unknown }];
  expect(devices).toEqual([{ PathOnHost: "/dev/null", PathInContainer: "/dev/void", CgroupPermissions: "rwm" }]);
  await member("p", "a", "--ipc", "private");
  await member("p", "b");
  expect(await exec("a", "grep NoNewPrivs /proc/self/status; ls /dev/void")).toBe("NoNewPrivs:\t1\n/dev/void");
  const [a, b] = [await pidOf("a"), await pidOf("b")];
  expect(sharedKinds(a, b)).toEqual(["net", "user", "uts"]);
  expect(namespaceOf(a, "net")).toBe(namespaceOf(process.pid, "net"));
  await engine.ok(["pod", "create", "--network", "host", "--dns", "10.1.1.1", "--add-host", "x:10.1.1.2", "named"]);
  await member("named", "c");
  expect(await exec("c", "cat /etc/resolv.conf /etc/hosts")).toMatch(/nameserver 10\.1\.1\.1\n[^]*10\.1\.1\.2\s+x$/m);
});
