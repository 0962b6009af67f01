import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const SLEEP = ["sleep", "1000"];

const exec = async (name: string, script: string): Promise<string> =>
  await engine.ok(["exec", name, "sh", "-c", script]);
const field = async (name: string, template: string): Promise<string> =>
  await engine.ok(["inspect", "--format", template, name]);
const podField = async (name: string, template: string): Promise<string> =>
  await engine.ok(["pod", "inspect", "--format", template, name]);
const pidOf = async (name: string): Promise<number> => Number(await field(name, "{{.State.Pid}}"));

test("without an infra container members have namespaces of their own, and one cgroup above them", async () => {
  await engine.ok(["pod", "create", "--infra=false", "--pid", "private", "--memory", "64m", "p"]);
  for (const name of ["a", "b"]) await engine.ok(["run", "-d", "--pod", "p", "--name", name, IMAGE, ...SLEEP]);
  expect(await podField("p", "{{.NumContainers}} {{.InfraContainerID}} {{.State}}")).toBe("2  Running");
  const [a, b] = [await pidOf("a"), await pidOf("b")];
  for (const kind of ["ipc", "net", "uts", "pid", "mnt"])
    expect(readlinkSync(`/proc/${a}/ns/${kind}`)).not.toBe(readlinkSync(`/proc/${b}/ns/${kind}`));
  expect(await podField("p", "{{.SharedNamespaces}}{{.Labels}}{{.InfraConfig}} {{.MemoryLimit}}")).toBe(
    `[]map[]<nil> ${64 * 1024 * 1024}`,
  );
  const parent = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, "utf8").replaceAll(/\/[0-9a-f]{64}$/gm, "");
  expect(parent(a)).toBe(parent(b));
  expect(parent(a)).toContain("/pod-");
  // Each has ports and a host name of its own, then.
  await engine.ok([
    "run",
    "-d",
    "--pod",
    "p",
    "--hostname",
    "own",
    "-p",
    "127.0.0.1::80",
    "--name",
    "c",
    IMAGE,
    ...SLEEP,
  ]);
  expect(await exec("c", "hostname")).toBe("own");
  expect(await engine.ok(["port", "c"])).toContain("80/tcp -> 127.0.0.1:");
  for (const [verb, state] of [
    ["stop", "Exited"],
    ["start", "Running"],
  ] as const) {
    await engine.ok(["pod", verb, ...(verb === "stop" ? ["-t", "0"] : []), "p"]);
    expect(await podField("p", "{{.State}}")).toBe(state);
  }
  await engine.ok(["pod", "rm", "-f", "-t", "0", "p"]);
});

test("with --share-parent=false the cgroups of members lie beside one another, and none is the pod's", async () => {
  for (const limit of ["--memory=64m", "--pids-limit=20", "--cpus=1", "--device-read-bps=/dev/vda:1m"]) {
    const { code, stderr } = await engine.run(["pod", "create", "--share-parent=false", limit, "p"]);
    expect([limit, code, stderr]).toEqual([limit, 125, expect.stringContaining("the limits of a pod are those of")]);
  }
  await engine.ok(["pod", "create", "--share-parent=false", "p"]);
  await engine.ok(["run", "-d", "--pod", "p", "--name", "a", IMAGE, ...SLEEP]);
  expect(await podField("p", "{{.CreateCgroup}} {{json .CgroupPath}} {{.SharedNamespaces}}")).toBe(
    'false "" [ipc net uts]',
  );
  for (const name of ["a", await podField("p", "{{.InfraContainerID}}")]) {
    const paths = readFileSync(`/proc/${await pidOf(name)}/cgroup`, "utf8");
    expect(paths).toContain(`/${await field(name, "{{.Id}}")}\n`);
    expect(paths).not.toContain("/pod-");
  }
  expect(readlinkSync(`/proc/${await pidOf("a")}/ns/net`)).toBe(
    readlinkSync(`/proc/${await pidOf(await podField("p", "{{.InfraContainerID}}"))}/ns/net`),
  );
  await engine.ok(["pod", "rm", "-f", "-t", "0", "p"]);
});

test("the infra container has the image, the name and the command that were chosen", async () => {
  const file = engine.path("conmon.pid");
  const chosen = ["--infra-image", IMAGE, "--infra-name", "holder", "--infra-command", "sleep 1000"];
  await engine.ok(["pod", "create", ...chosen, "--infra-conmon-pidfile", file, "p"]);
  await engine.ok(["run", "-d", "--pod", "p", "--name", "a", IMAGE, ...SLEEP]);
  expect(await field("holder", "{{.IsInfra}} {{.ImageName}} {{json .Config.Entrypoint}}")).toMatch(
    /^true \S*bb:1 .*sleep.*1000/,
  );
  expect(readFileSync(file, "utf8").trim()).toBe(await field("holder", "{{.State.ConmonPid}}"));
  expect(readlinkSync(`/proc/${await pidOf("a")}/ns/net`)).toBe(readlinkSync(`/proc/${await pidOf("holder")}/ns/net`));
  const taken = await engine.run(["pod", "create", "--infra-name", "holder", "q"]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining('the container name "holder" is already')]);
  const missing = await engine.run(["pod", "create", "--infra-image", "localhost/nosuch:1", "q"]);
  expect(missing.code).toBe(125);
  expect((await engine.run(["pod", "exists", "q"])).code).toBe(1);
  await engine.ok(["pod", "rm", "-f", "-t", "0", "p"]);
});

test("an image for the infra container alone brings its own command, and --infra-name alone takes ours", async () => {
  await engine.ok(["pod", "create", "--infra-image", IMAGE, "own"]);
  // What ends at once cannot hold anything.
  expect(await podField("own", "{{.State}}")).toBe("Created");
  await engine.ok(["pod", "create", "--infra-name", "ours", "named"]);
  await engine.ok(["pod", "start", "named"]);
  expect(await field("ours", "{{.State.Status}} {{.ImageName}}")).toBe("running localhost/estiba-pause:2");
  expect(await engine.ok(["pod", "rm", "-f", "-t", "0", "own", "named"])).toMatch(/^[0-9a-f]{64}\n[0-9a-f]{64}$/);
});

test("networks, addresses, aliases, hosts and name servers of a pod are those of all its members", async () => {
  await engine.ok(["network", "create", "--subnet", "10.199.61.0/24", "front"]);
  await engine.ok(["network", "create", "back"]);
  const file = engine.path("variables");
  writeFileSync(file, "FROM_FILE=1\nBOTH=file\n");
  const networks = [
    "--network",
    "front:ip=10.199.61.7,mac=02:00:5e:00:53:07,alias=shop",
    "--network",
    "back:alias=store",
  ];
  const names = ["--add-host", "elsewhere:192.0.2.9", "--dns", "192.0.2.53", "--dns-search", "example.org"];
  const config = ["--env-file", file, "-e", "BOTH=option", "--volumes-from", "donor"];
  await engine.ok(["create", "--name", "donor", "-v", "given:/given", IMAGE, "true"]);
  await engine.ok(["pod", "create", ...networks, ...names, ...config, "-p", "127.0.0.1::80", "p"]);
  for (const name of ["a", "b"]) await engine.ok(["run", "-d", "--pod", "p", "--name", name, IMAGE, ...SLEEP]);
  const seen = "cat /sys/class/net/eth0/address; ip -4 -o address | wc -l; grep -c elsewhere /etc/hosts; ls -d /given";
  for (const name of ["a", "b"]) {
    expect(await exec(name, seen)).toBe("02:00:5e:00:53:07\n3\n1\n/given");
    expect(await exec(name, "echo $FROM_FILE $BOTH; grep search /etc/resolv.conf")).toMatch(
      /^1 option\n.*example\.org/,
    );
  }
  // The pod is found by its aliases, each on its network.
  const asked = async (network: string, name: string) =>
    (await engine.run(["run", "--rm", "--network", network, IMAGE, "nslookup", "-type=a", name])).stdout;
  expect(await asked("front", "shop")).toContain("10.199.61.7");
  expect(await asked("back", "shop")).not.toContain("10.199.61.7");
  expect(await asked("back", "store")).toMatch(/Address: (10|172)\.\d+\.\d+\.\d+$/m);
  expect(await podField("p", "{{.InfraConfig.Networks}} {{.InfraConfig.HostAdd}}")).toBe(
    "[front back] [elsewhere:192.0.2.9]",
  );
  await engine.ok(["pod", "rm", "-f", "-t", "0", "p"]);
  await engine.ok(["rm", "donor"]);
  await engine.ok(["network", "rm", "front", "back"]);
});

test("a pod of a long name has the beginning of it as its host name; one that the kernel has no room for is refused", async () => {
  const name = `${"a".repeat(62)}-b`;
  await engine.ok(["pod", "create", name]);
  await engine.ok(["run", "-d", "--pod", name, "--name", "a", IMAGE, ...SLEEP]);
  expect(await exec("a", "hostname")).toBe("a".repeat(62));
  const long = ["--hostname", "a".repeat(65)];
  for (const words of [
    ["create", ...long, IMAGE],
    ["pod", "create", ...long],
  ]) {
    const { code, stderr } = await engine.run(words);
    expect([code, stderr]).toEqual([125, expect.stringContaining("longer than 64 bytes")]);
  }
  await engine.ok(["pod", "rm", "-f", "-t", "0", name]);
});

test("a pod has shared memory of its own where it is to be private, and needs some where it shares it", async () => {
  await engine.ok(["pod", "create", "--ipc", "private", "p"]);
  for (const name of ["a", "b"]) await engine.ok(["run", "-d", "--pod", "p", "--name", name, IMAGE, ...SLEEP]);
  const [a, b] = await Promise.all(["a", "b"].map(async (name) => readlinkSync(`/proc/${await pidOf(name)}/ns/ipc`)));
  expect(a).toBe(b as string);
  expect(a).not.toBe(readlinkSync("/proc/self/ns/ipc"));
  const none = await engine.run(["pod", "create", "--ipc", "none", "q"]);
  expect([none.code, none.stderr]).toEqual([125, expect.stringContaining("no shared memory that members could share")]);
  await engine.ok(["pod", "create", "--ipc", "none", "--share", "net,uts", "q"]);
  await engine.ok(["pod", "rm", "-f", "-t", "0", "p", "q"]);
});

test("a pod that names what this host does not have is refused when it is made, in the words of a start", async () => {
  for (const [option, value, told] of [
    ["--device", "/dev/nonexist", '"/dev/nonexist" is not a device of this host'],
    ["-v", "/nonexistent:/x", 'cannot mount "/nonexistent": no such file or directory on the host'],
    ["--cpuset-cpus", "7999", "requested cpus are not available on this host"],
    ["--device-read-bps", "/dev/null:1m", '"/dev/null" is not a block device of this host'],
    ["--ip", "192.0.2.7", "it lies outside of the network's subnets"],
    ["--add-host", "elsewhere", 'cannot add the host "elsewhere"'],
  ] as const) {
    const { code, stderr } = await engine.run(["pod", "create", option, value, "p"]);
    expect([option, code, stderr]).toEqual([option, 125, expect.stringContaining(told)]);
    expect((await engine.run(["pod", "exists", "p"])).code).toBe(1);
  }
});

test("who joins the user namespace of a container that has the host's has the host's", async () => {
  await engine.ok(["run", "-d", "--name", "donor", IMAGE, ...SLEEP]);
  await engine.ok(["pod", "create", "--userns", "container:donor", "p"]);
  await engine.ok(["run", "-d", "--pod", "p", "--name", "a", IMAGE, ...SLEEP]);
  const own = readlinkSync("/proc/self/ns/user");
  expect(readlinkSync(`/proc/${await pidOf("a")}/ns/user`)).toBe(own);
  const joined = ["run", "--rm", "--userns", "container:donor", IMAGE, "readlink", "/proc/self/ns/user"];
  expect(await engine.ok(joined)).toBe(own);
  await engine.ok(["rm", "-fa", "-t", "0"]);
});

test("inspect tells limits, mounts and variables of a pod in Podman's fields", async () => {
  const disk = `/dev/${readdirSync("/sys/block")[0]}`;
  const limits = ["--memory", "64m", "--device-read-bps", `${disk}:1mb`, "--device-write-bps", `${disk}:2`];
  const mounts = ["-v", "data:/data:ro", "-v", "/tmp:/host:rshared", "--mount", "type=tmpfs,dst=/scratch"];
  await engine.ok(["pod", "create", ...limits, ...mounts, "-e", "A=1", "-e", "B=2", "-e", "A=3", "p"]);
  const [pod] = JSON.parse(await engine.ok(["pod", "inspect", "p"])) as [Record<string, unknown>];
  expect(pod).toMatchObject({
    memory_limit: 64 * 1024 * 1024,
    memory_swap: 128 * 1024 * 1024,
    device_read_bps: [{ Path: disk, Rate: 1024 * 1024 }],
    device_write_bps: [{ Path: disk, Rate: 2 }],
    Env: ["A=3", "B=2"],
  });
  const holder = await podField("p", "{{.InfraContainerID}}");
  expect(pod["mounts"]).toEqual(JSON.parse(await field(holder, "{{json .Mounts}}")));
  const source = await engine.ok(["volume", "inspect", "-f", "{{.Mountpoint}}", "data"]);
  expect(pod["mounts"]).toMatchObject([
    { Name: "data", Source: source, Driver: "local", RW: false },
    { Source: "/tmp" },
  ]);
  expect(await podField("p", "{{.MemorySwap}} {{(index .BlkioDeviceReadBps 0).Rate}} {{len .Mounts}}")).toBe(
    `${128 * 1024 * 1024} ${1024 * 1024} 2`,
  );
  await engine.ok(["pod", "rm", "p"]);
});

test("a clone has what is said to it before what its original has, and the rest of that", async () => {
  const original = [
    "-e",
    "A=pod",
    "-e",
    "B=pod",
    "-v",
    "data:/data",
    "--sysctl",
    "kernel.shmmax=4096",
    "--label",
    "x=1",
  ];
  await engine.ok(["secret", "create", "token", "-"], { stdin: "hush" });
  await engine.ok(["pod", "create", ...original, "--restart", "always", "--shm-size", "2m", "--memory", "64m", "web"]);
  await engine.ok(["create", "--pod", "web", "--name", "a", "-e", "OWN=1", IMAGE, ...SLEEP]);
  const changes = [
    ["-e", "B=clone", "--label", "y=2", "--hostname", "host2", "--infra-name", "infra2"],
    ["--shm-size", "3m", "--memory", "32m", "--restart", "no", "--secret", "token", "--pid", "host"],
    ["-v", "other:/data", "-v", "more:/more", "--sysctl", "kernel.shmmni=7", "--device", "/dev/null:/dev/void"],
    ["--security-opt", "no-new-privileges", "--cgroup-parent", "/clones"],
  ].flat();
  await engine.ok(["pod", "clone", "--start", ...changes, "web", "copy"]);
  expect(await exec("a-clone", "echo $A $B $OWN; hostname; cat /run/secrets/token")).toBe("pod clone 1\nhost2\nhush");
  expect(await exec("a-clone", "cat /proc/sys/kernel/shmmax /proc/sys/kernel/shmmni; ls -d /dev/void /more")).toBe(
    "4096\n7\n/dev/void\n/more",
  );
  expect(await exec("a-clone", "df -k /dev/shm | tail -n 1; grep NoNewPrivs /proc/self/status")).toMatch(
    /^shm +3072 .*\nNoNewPrivs:\t1$/,
  );
  await exec("a-clone", "echo here >/data/mark");
  expect(readFileSync(`${await engine.ok(["volume", "inspect", "-f", "{{.Mountpoint}}", "other"])}/mark`, "utf8")).toBe(
    "here\n",
  );
  expect(await field("a-clone", "{{.HostConfig.RestartPolicy.Name}}")).not.toBe("always");
  expect(await field("infra2", "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.PidMode}}")).toMatch(/^(no)? host$/);
  const cgroup = await podField("copy", "{{.CgroupPath}}");
  expect(cgroup).toStartWith("/clones/");
  expect(await podField("copy", "{{.memory_limit}} {{json .Labels}}")).toBe(`${32 * 1024 * 1024} {"x":"1","y":"2"}`);
  // With the host's name there is none of the original's.
  await engine.ok(["pod", "clone", "--uts", "host", "copy", "of-host"]);
  expect(await podField("of-host", "{{.InfraConfig.uts_ns}}")).toBe("host");
  await engine.ok(["pod", "rm", "of-host"]);
  // The original is as it was.
  expect(await podField("web", "{{.State}} {{.memory_limit}} {{json .Labels}}")).toBe(
    `Created ${64 * 1024 * 1024} {"x":"1"}`,
  );
  expect(await field("a", "{{.HostConfig.RestartPolicy.Name}}")).toBe("always");
  await engine.ok(["pod", "rm", "-f", "-t", "0", "copy"]);
  expect(existsSync(`/sys/fs/cgroup/pids${cgroup}`)).toBe(false);
  await engine.ok(["secret", "rm", "token"]);
});

test("a clone takes its original's place, with names that are free; what only an infra container holds needs one", async () => {
  const original = await engine.ok(["pod", "create", "--infra=false", "bare"]);
  await engine.ok(["create", "--pod", "bare", "--name", "a", IMAGE, ...SLEEP]);
  const refused = await engine.run(["pod", "clone", "-v", "data:/data", "bare"]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("possible without an infra container")]);
  const first = await engine.ok(["pod", "clone", "bare"]);
  expect(await podField(first, "{{.Name}} {{.NumContainers}}")).toBe("bare-clone 1");
  const second = await engine.ok(["pod", "clone", "bare"]);
  expect(await podField(second, "{{.Name}}")).toBe("bare-clone1");
  await engine.ok(["pod", "create", "--infra-name", "holder", "full"]);
  for (const name of ["holder-clone", "holder-clone1"]) {
    const id = await engine.ok(["pod", "clone", "full"]);
    const infra = await podField(id, "{{.InfraContainerID}}");
    expect(await engine.ok(["inspect", "-f", "{{.Name}}", infra])).toBe(name);
  }
  const heir = await engine.ok(["pod", "clone", "--destroy", "--name", "heir", "bare"]);
  expect((await engine.run(["pod", "exists", original])).code).toBe(1);
  await engine.ok(["pod", "start", "heir"]);
  const runs = await engine.run(["pod", "clone", "--destroy", "heir"]);
  expect([runs.code, runs.stderr]).toEqual([125, expect.stringContaining("runs and cannot be removed")]);
  expect((await engine.run(["pod", "exists", heir])).code).toBe(0);
  const taken = await engine.run(["pod", "clone", "heir", "bare-clone"]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining("already in use")]);
  await engine.ok(["rm", "-fa", "-t", "0"]);
});
