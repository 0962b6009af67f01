import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
/** Ends as soon as it is asked to. */
const POLITE = ["sh", "-c", 'trap "exit 0" TERM; while :; do sleep 0.1; done'];

const create = async (...args: string[]): Promise<string> => await engine.ok(["pod", "create", ...args]);
const member = async (pod: string, name: string, ...options: string[]): Promise<string> =>
  await engine.ok(["run", "-d", "--pod", pod, "--name", name, ...options, IMAGE, ...POLITE]);
const state = async (pod: string): Promise<string> => await engine.ok(["pod", "inspect", "-f", "{{.State}}", pod]);
const refused = async (...args: string[]): Promise<[number, string]> => {
  const { code, stderr } = await engine.run(args);
  return [code, stderr];
};

test("a pod goes through its states, and each verb prints what was done", async () => {
  const id = await create("web");
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(await state("web")).toBe("Created");
  await member("web", "a");
  await member("web", "b");
  expect(await state("web")).toBe("Running");
  for (const [verb, after] of [
    ["pause", "Paused"],
    ["unpause", "Running"],
    ["stop", "Exited"],
    ["start", "Running"],
    ["restart", "Running"],
  ] as const) {
    expect(await engine.ok(["pod", verb, "web"])).toBe("web");
    expect([verb, await state("web")]).toEqual([verb, after]);
  }
  await engine.ok(["stop", "a"]);
  expect(await state("web")).toBe("Degraded");
  expect(await engine.ok(["pod", "kill", "--signal", "TERM", "--all"])).toBe(id);
  expect(await engine.ok(["pod", "rm", "-f", "web"])).toBe(id);
  expect((await engine.run(["pod", "exists", "web"])).code).toBe(1);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
});

test("the lists know pods, their members and the ports they share", async () => {
  const id = await create("--label", "tier=front", "-p", "127.0.0.1::80", "web");
  await member("web", "a");
  const port = (await engine.ok(["port", "a"])).replace("80/tcp -> ", "");
  expect(port).toMatch(/^127\.0\.0\.1:\d+$/);
  const [infra] = (await engine.ok(["ps", "-q", "--no-trunc"])).split("\n");
  expect(await engine.ok(["pod", "ps"])).toMatch(
    new RegExp(`^POD ID +NAME +STATUS +CREATED +INFRA ID +# OF CONTAINERS\n${id.slice(0, 12)} +web +Running .* 2$`),
  );
  expect(await engine.ok(["pod", "ps", "--ctr-names", "--noheading"])).toContain(`${id.slice(0, 12)}-infra,a`);
  expect(await engine.ok(["ps", "--format", "{{.Names}} {{.PodName}} {{.Pod}} {{.Ports}}"])).toContain(
    `a web ${id.slice(0, 12)} ${port}->80/tcp`,
  );
  expect(await engine.ok(["ps", "-aq", "--filter", "pod=web"])).toHaveLength(25);
  expect(await engine.ok(["ps", "-aq", "--filter", "pod=other"])).toBe("");
  const [listed] = JSON.parse(await engine.ok(["pod", "ps", "--format", "json"])) as Record<string, unknown>[];
  expect(listed).toMatchObject({ Id: id, Name: "web", Status: "Running", InfraId: infra, Labels: { tier: "front" } });
  const [inspected] = JSON.parse(await engine.ok(["pod", "inspect", "web"])) as Record<string, unknown>[];
  expect(inspected).toMatchObject({
    NumContainers: 2,
    SharedNamespaces: ["ipc", "net", "uts"],
    InfraContainerID: infra,
    CreateCgroup: true,
  });
  expect(await engine.ok(["inspect", "-f", "{{.Pod}} {{.IsInfra}}", "a"])).toBe(`${id} false`);
  for (const type of [["--type", "pod"], []])
    expect(await engine.ok(["inspect", ...type, "-f", "{{.Name}} {{.ID}} {{.MemoryLimit}}", "web"])).toBe(
      `web ${id} 0`,
    );
  for (const [filter, found] of [
    ["label=tier=front", true],
    ["ctr-names=^a$", true],
    ["ctr-number=2", true],
    ["ctr-status=exited", false],
    ["status=running", true],
    ["network=bridge", true],
    ["network=podman", true],
    ["name=nothing", false],
  ] as const)
    expect([filter, await engine.ok(["pod", "ps", "-q", "--filter", filter])]).toEqual([
      filter,
      found ? id.slice(0, 12) : "",
    ]);
});

test("top, stats and logs tell of all members", async () => {
  await create("web");
  await engine.ok(["run", "-d", "--pod", "web", "--name", "a", IMAGE, "sh", "-c", "echo from a; exec sleep 1000"]);
  await engine.ok(["run", "-d", "--pod", "web", "--name", "b", IMAGE, "sh", "-c", "echo from b; exec sleep 1000"]);
  // The runtime is still what it is for a moment.
  await eventually(
    () => engine.ok(["pod", "top", "web", "pid,args"]),
    (text) => /^PID +COMMAND\n1 +\/pause\n1 +sleep 1000\n1 +sleep 1000$/.test(text),
  );
  expect(await refused("pod", "stats", "--no-stream", "--all", "web")).toEqual([
    125,
    expect.stringContaining("--all, --latest and pods cannot be used together"),
  ]);
  for (const words of [["foo"], ["-ef"], ["pid,foo"]])
    expect(await refused("pod", "top", "web", ...words)).toEqual([125, expect.stringContaining("unknown descriptor")]);
  const stats = JSON.parse(await engine.ok(["pod", "stats", "--no-stream", "--format", "json", "web"])) as object[];
  expect(stats.map((row) => (row as { Name: string }).Name).slice(1)).toEqual(["a", "b"]);
  expect((await engine.ok(["pod", "logs", "--names", "web"])).split("\n").toSorted()).toEqual(["a from a", "b from b"]);
  expect(await engine.ok(["pod", "logs", "-c", "b", "web"])).toBe("from b");
});

test("init containers run before the others, once or at every start, and required ones before who requires them", async () => {
  await create("-v", "work:/work", "job");
  const note = (name: string) => ["sh", "-c", `echo ${name} >>/work/order`];
  const inPod = ["create", "--pod", "job"];
  await engine.ok([...inPod, "--name", "first", IMAGE, ...note("other")]);
  await engine.ok([...inPod, "--name", "last", "--requires", "first", IMAGE, ...note("other")]);
  await engine.ok([...inPod, "--name", "once", "--init-ctr", "once", IMAGE, ...note("once")]);
  await engine.ok([...inPod, "--name", "always", "--init-ctr", "always", IMAGE, ...note("always")]);
  const ordered = async (): Promise<string[]> => {
    await engine.ok(["pod", "start", "job"]);
    for (const name of ["first", "last"]) await engine.ok(["wait", name]);
    await engine.ok(["pod", "stop", "job"]);
    const path = await engine.ok(["volume", "inspect", "-f", "{{.Mountpoint}}", "work"]);
    const lines = readFileSync(`${path}/order`, "utf8").trim().split("\n");
    writeFileSync(`${path}/order`, "");
    return lines;
  };
  expect(await ordered()).toEqual(["once", "always", "other", "other"]);
  expect(await ordered()).toEqual(["always", "other", "other"]);
  const started = async (name: string) => await engine.ok(["inspect", "-f", "{{json .State.StartedAt}}", name]);
  expect((await started("first")) < (await started("last"))).toBe(true);
  expect(await refused("rm", "first")).toEqual([125, expect.stringContaining("has dependent containers")]);
});

test("two starts of a pod at once run an init container that is run once, and both succeed", async () => {
  await create("twice");
  await engine.ok(["create", "--pod", "twice", "--init-ctr", "once", IMAGE, "sleep", "0.2"]);
  await engine.ok(["create", "--pod", "twice", "--name", "main", IMAGE, ...POLITE]);
  const starts = await Promise.all([engine.run(["pod", "start", "twice"]), engine.run(["pod", "start", "twice"])]);
  expect(starts.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
    { code: 0, stderr: "" },
    { code: 0, stderr: "" },
  ]);
  expect(await engine.ok(["ps", "-a", "--filter", "pod=twice", "--format", "{{.State}}"])).toBe("running\nrunning");
});

test("an init container that has ended takes nothing from a pod that runs", async () => {
  await create("job");
  await engine.ok(["create", "--pod", "job", "--name", "first", "--init-ctr", "always", IMAGE, "true"]);
  await engine.ok(["create", "--pod", "job", "--name", "main", IMAGE, ...POLITE]);
  await engine.ok(["pod", "start", "job"]);
  expect(await engine.ok(["inspect", "-f", "{{.State.Status}}", "first"])).toBe("exited");
  expect(await state("job")).toBe("Running");
  await engine.ok(["kill", "main"]);
  await eventually(
    () => state("job"),
    (text) => text === "Degraded",
  );
});

test("an init container that fails keeps the others from starting", async () => {
  await create("job");
  await engine.ok(["create", "--pod", "job", "--name", "bad", "--init-ctr", "always", IMAGE, "sh", "-c", "exit 3"]);
  await engine.ok(["create", "--pod", "job", "--name", "after", IMAGE, ...POLITE]);
  const [code, error] = await refused("pod", "start", "job");
  expect([code, error]).toEqual([125, expect.stringMatching(/init container [0-9a-f]{64} exited with code 3/)]);
  expect(await engine.ok(["ps", "-a", "--filter", "name=after", "--format", "{{.State}}"])).toBe("created");
});

test("a start names the member that fails, in the same way at each try, and the others run", async () => {
  await create("job");
  await engine.ok(["create", "--pod", "job", "--name", "bad", IMAGE, "/nonesuch"]);
  await engine.ok(["create", "--pod", "job", "--name", "good", IMAGE, ...POLITE]);
  for (const verb of ["start", "restart"]) {
    expect(await refused("pod", verb, "job")).toEqual([
      125,
      expect.stringMatching(/^Error: starting container "bad": "\/nonesuch" was not found/),
    ]);
    expect(await engine.ok(["inspect", "-f", "{{.State.Status}}", "good"])).toBe("running");
  }
});

test("with --exit-policy stop the pod ends with its last container", async () => {
  await create("--exit-policy", "stop", "job");
  await engine.ok(["run", "--pod", "job", "--name", "a", IMAGE, "true"]);
  expect(await state("job")).toBe("Exited");
  await create("on");
  await engine.ok(["run", "--pod", "on", IMAGE, "true"]);
  expect(await state("on")).toBe("Degraded");
});

test("a pod made by run has the ports of its first container", async () => {
  await engine.ok(["run", "-d", "--pod", "new:fresh", "--name", "a", "-p", "127.0.0.1::80", IMAGE, ...POLITE]);
  expect(await engine.ok(["pod", "inspect", "-f", "{{json .InfraConfig.PortBindings}}", "fresh"])).toContain("80/tcp");
  expect(await engine.ok(["port", "a"])).toContain("80/tcp -> 127.0.0.1:");
  // What all members have in common is the pod's; without the container there is no pod.
  const shared = ["--userns", "auto:size=100", "--shm-size", "3m", "--sysctl", "net.ipv4.ip_default_ttl=77"];
  const seen = "cut -c22- /proc/self/uid_map; df -k /dev/shm | tail -n 1; cat /proc/sys/net/ipv4/ip_default_ttl";
  const ran = await engine.ok(["run", "--rm", "--pod", "new:other", ...shared, IMAGE, "sh", "-c", seen]);
  expect(ran).toMatch(/^ *100\nshm +3072 .*\n77$/);
  for (const [words, code] of [
    [["--name", "a", IMAGE, "true"], 125],
    [["--rm", IMAGE, "/nonesuch"], 127],
  ] as const) {
    expect((await refused("run", "--pod", "new:gone", ...words))[0]).toBe(code);
    expect((await engine.run(["pod", "exists", "gone"])).code).toBe(1);
  }
  await engine.ok(["pod", "create", "--pod-id-file", engine.path("pod.id"), "--hostname", "own", "named"]);
  const idFile = ["--pod-id-file", engine.path("pod.id")];
  for (const [words, reason] of [
    [["pod", "create", ...idFile], "cannot make the pod id file"],
    [["create", "--pod", "named", ...idFile, IMAGE], "is not possible together with --pod"],
  ] as const)
    expect(await refused(...words)).toEqual([125, expect.stringContaining(reason)]);
  await engine.ok(["run", "-d", "--pod-id-file", engine.path("pod.id"), "--name", "b", IMAGE, ...POLITE]);
  expect(await engine.ok(["pod", "ps", "--filter", "ctr-names=^b$", "--format", "{{.Name}}"])).toBe("named");
  await engine.ok(["pod", "stop", "--pod-id-file", engine.path("pod.id"), "-t", "0"]);
});

test("a clone has the members and the configuration of its original", async () => {
  await create("-e", "A=1", "--memory", "64m", "web");
  await engine.ok(["create", "--pod", "web", "--name", "a", "-e", "B=2", IMAGE, ...POLITE]);
  await engine.ok(["pod", "clone", "--start", "web", "copy"]);
  expect(await engine.ok(["exec", "a-clone", "sh", "-c", "echo $A$B; hostname"])).toBe("12\ncopy");
  expect(await state("web")).toBe("Created");
  expect(await engine.ok(["pod", "inspect", "-f", "{{.memory_limit}}", "copy"])).toBe(String(64 * 1024 * 1024));
  await engine.ok(["container", "clone", "--name", "b", "a"]);
  expect(await engine.ok(["pod", "ps", "--filter", "name=web", "--format", "{{.ContainerNames}}"])).toContain("a,b");
});

test("prune takes pods that have ended, and no others", async () => {
  const ended = await create("ended");
  await engine.ok(["pod", "start", "ended"]);
  await engine.ok(["pod", "stop", "ended"]);
  await create("fresh");
  await create("alive");
  await engine.ok(["pod", "start", "alive"]);
  expect(await engine.ok(["pod", "prune", "--force"])).toBe(ended);
  await engine.ok(["container", "prune", "--force"]);
  for (const [field, names] of [
    ["name", "alive\nfresh"],
    ["status", "fresh\nalive"],
  ] as const)
    expect(await engine.ok(["pod", "ps", "--sort", field, "--format", "{{.Name}}"])).toBe(names);
});

test("a pod of which only the infra container runs is removed without force", async () => {
  const id = await create("web");
  await engine.ok(["run", "--pod", "web", "--name", "a", IMAGE, "true"]);
  expect(await state("web")).toBe("Degraded");
  // Named, or the last one, all of it is shown.
  expect(await engine.ok(["pod", "stats", "--no-stream", "--latest", "--format", "{{.Name}}"])).toMatch(/-infra\na$/);
  const clone = await engine.ok(["pod", "clone", "--destroy", "web"]);
  expect((await engine.run(["pod", "exists", id])).code).toBe(1);
  await engine.ok(["pod", "start", clone]);
  expect(await engine.ok(["wait", "a-clone"])).toBe("0");
  expect(await engine.ok(["pod", "rm", clone])).toBe(clone);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
});

test("rm --all takes pods of which nothing runs, and leaves the others", async () => {
  await create("fresh");
  await create("--infra-name", "ended-infra", "ended");
  await engine.ok(["run", "--pod", "ended", "--name", "a", IMAGE, "true"]);
  await create("--infra-name", "holder", "alive");
  await member("alive", "b");
  expect(await refused("rm", "--all")).toEqual([2, expect.stringContaining("b")]);
  expect(await engine.ok(["ps", "-a", "--sort", "names", "--format", "{{.Names}} {{.State}}"])).toBe(
    "b running\nholder running",
  );
  await engine.ok(["rm", "--all", "--force", "--filter", "name=nothing"]);
  expect(await state("alive")).toBe("Running");
  await engine.ok(["rm", "--all", "--force", "-t", "0"]);
  expect(await engine.ok(["pod", "ps", "-q"])).toBe("");
  expect(await refused("pod", "stats", "--latest")).toEqual([125, expect.stringContaining("there are no pods")]);
});

test("containers of no pod that need a member keep the pod, unless all are removed by force", async () => {
  await create("--infra-name", "holder", "web");
  await member("web", "a");
  await engine.ok(["run", "-d", "--network", "container:a", "--name", "outer", IMAGE, "sleep", "1000"]);
  await engine.ok(["create", "--requires", "a", "--name", "needs", IMAGE, "true"]);
  await engine.ok(["pod", "stop", "-t", "0", "web"]);
  const [code, text] = await refused("pod", "rm", "web");
  expect([code, text]).toEqual([125, expect.stringMatching(/dependent containers .*estiba rm --force outer needs/s)]);
  expect(await engine.ok(["pod", "prune", "--force"])).toBe("");
  const names = async () => await engine.ok(["ps", "-a", "--sort", "names", "--format", "{{.Names}} {{.State}}"]);
  expect(await names()).toBe("a exited\nholder exited\nneeds created\nouter running");
  await engine.ok(["pod", "rm", "--force", "web"]);
  expect(await names()).toBe("");
});

test("what cannot be is refused, each for its own reason", async () => {
  await create("web");
  await member("web", "a");
  for (const [words, code, reason] of [
    [["pod", "create", "web"], 125, /the pod name "web" is already in use/],
    [["pod", "create", "a"], 125, /the container name "a" is already in use/],
    [["create", "--name", "web", IMAGE], 125, /the pod name "web" is already in use/],
    [["pod", "create", "--share", "moon"], 125, /"moon" is not a kernel namespace to share/],
    [["pod", "create", "--share", "cgroup"], 125, /cannot define the pod as the cgroup parent/],
    [["pod", "create", "--infra=false", "-p", "80:80"], 125, /possible without an infra container/],
    [["pod", "create", "bad/name"], 125, /invalid pod name "bad\/name": .*a-zA-Z0-9/],
    [["pod", "rm", "web"], 125, /has containers that are not ended: .*a/],
    [["pod", "rm", "nonesuch"], 1, /no pod with name or ID nonesuch found: no such pod/],
    [["pod", "start", "nonesuch"], 125, /no such pod/],
    [["pod", "inspect", "nonesuch"], 125, /no such pod/],
    [["run", "--pod", "nonesuch", IMAGE, "true"], 125, /no such pod/],
    [["run", "--pod", "web", "-p", "80:80", IMAGE, "true"], 125, /must be defined when the pod is created/],
    [["run", "--pod", "web", "--network", "none", IMAGE, "true"], 125, /networks must be defined/],
    [["run", "--pod", "web", "--hostname", "x", IMAGE, "true"], 125, /joining the pod UTS namespace/],
    [["create", "--init-ctr", "once", IMAGE, "true"], 125, /without a pod/],
    [["create", "--init-ctr", "once", "--pod", "web", IMAGE, "true"], 125, /running pod/],
    [["pod", "ps", "--filter", "colour"], 125, /"colour" is an invalid filter: it is not KEY=VALUE/],
    [["pod", "ps", "-q", "--format", "json"], 125, /quiet and format cannot be used together/],
    [["pod", "ps", "--filter", "colour=red"], 125, /colour is an invalid filter/],
    [["pod", "kill", "--signal", "NOISE", "web"], 125, /^Error: [^\n]*NOISE(?![^]*Error:)/],
    [["run", "--pod", "new:", IMAGE, "true"], 125, /invalid pod name "": .*a-zA-Z0-9/],
  ] as const) {
    const [got, text] = await refused(...words);
    expect([words, got, text]).toEqual([words, code, expect.stringMatching(reason)]);
  }
  // An empty name, as from a variable that is not set, is none.
  expect(await state(await create("--name", ""))).toBe("Created");
  expect(await engine.ok(["run", "--rm", "--name", "", IMAGE, "echo", "named"])).toBe("named");
  const infra = await engine.ok(["pod", "inspect", "-f", "{{.InfraContainerID}}", "web"]);
  expect(await refused("rm", "-f", infra)).toEqual([125, expect.stringContaining("is the infra container of pod")]);
});
