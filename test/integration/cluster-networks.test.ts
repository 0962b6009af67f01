import { expect, test } from "bun:test";
import { answersOf, serve, Talkers } from "../fixtures/cluster/talkers.ts";
import { useCluster } from "../fixtures/cluster/test-cluster.ts";
import { eventually, IMAGE, type TestEngine } from "../fixtures/engine.ts";
import type { Speaker } from "../fixtures/network-world.ts";

const cluster = useCluster({ managers: 1, workers: 1, etcd: 0, others: 1 });

type Holders = Record<string, { readonly name: string; readonly owner: string }>;

test("tasks reach each other on other machines by address and by name, and are reached from outside by any of them", async () => {
  await using talkers = new Talkers();
  const { first, hosts, others } = cluster();
  const encrypted = await first.run(["network", "create", "--driver", "overlay", "--opt", "encrypted", "back"]);
  expect([encrypted.code, encrypted.stderr]).toEqual([125, expect.stringContaining("WireGuard or IPsec")]);
  expect(await first.ok(["network", "create", "--driver", "overlay", "--ipv6", "back"])).toBe("back");
  expect(await first.ok(["network", "ls", "--filter", "driver=overlay", "--format", "{{.Name}} {{.Scope}}"])).toBe(
    "back swarm",
  );
  const onWorker = ["--constraint", "node.hostname==worker1"];
  await cluster().create(1, "--network", "back", "-p", "8080:80", "-p", "8080:80/udp", ...onWorker);
  const taken = await first.run(["service", "create", "--name", "two", "-p", "8080:80", "bb:1"]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining("already in use by service 'web'")]);
  for (const [ports, said] of [
    [["-p", "mode=host,target=80,published=8080"], "already in use by service 'web'"],
    [["-p", "8081:80", "-p", "mode=host,target=81,published=8081"], "duplicate published ports provided: 8081/tcp"],
  ] as const) {
    const refused = await first.run(["service", "create", "--name", "two", ...ports, "bb:1"]);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining(said)]);
  }
  const app = ["--name", "app", "--network", "back", "--constraint", "node.role==manager"];
  await first.ok(["service", "create", "-q", "--update-monitor", "300ms", ...app, "bb:1", "sleep", "1000"]);
  const [[name = "", web] = []] = await talkers.of(cluster().host("worker1").engine, "web");
  const [client] = [...(await talkers.of(first, "app")).values()];
  if (web === undefined || client === undefined) throw new Error("both services have a task");
  await serve(web, 80, name);
  const [{ addresses }] = JSON.parse(await first.ok(["network", "inspect", "back"])) as [{ addresses: Holders }];
  const ipOf = (wanted: string, kind: string): string =>
    Object.entries(addresses).find(([, holder]) => holder.name === wanted && holder.owner === kind)?.[0] ?? "";
  const [own, task, virtual] = [
    Object.entries(addresses).find(([, holder]) => holder.name.startsWith("app.1."))?.[0],
    ipOf(name, "task"),
    ipOf("web", "service"),
  ];
  // The client's own address is seen, by the virtual one, too.
  for (const host of [task, virtual])
    for (const proto of ["tcp", "udp"] as const)
      expect(await answersOf(client, { host, port: 80, proto, times: 2 })).toEqual([`${name} ${own}`]);
  const ask = async (text: string): Promise<string> => {
    const id = await first.ok(["ps", "-q", "--filter", "label=com.docker.swarm.service.name=app"]);
    return (await first.run(["exec", id, "nslookup", "-type=a", text])).stdout;
  };
  expect(await ask("web")).toContain(virtual);
  expect(await ask("tasks.web")).toContain(task);
  // The same over IPv6: by the address of the task, the virtual one, and from the client's own.
  const six = async (engine: TestEngine, service: string): Promise<string> =>
    await engine.ok([
      "inspect",
      "--format",
      "{{.NetworkSettings.Networks.back.GlobalIPv6Address}}",
      (await engine.ok(["ps", "-q", "--filter", `label=com.docker.swarm.service.name=${service}`])).split("\n")[0] ??
        "",
    ]);
  const worker = cluster().host("worker1").engine;
  const [own6, task6] = [await six(first, "app"), await six(worker, "web")];
  const client6 = await first.ok(["ps", "-q", "--filter", "label=com.docker.swarm.service.name=app"]);
  const answer6 = (await first.run(["exec", client6, "nslookup", "-type=aaaa", "web"])).stdout;
  const virtual6 = /Address: (fd[0-9a-f:]+)\s*$/.exec(answer6)?.[1] ?? answer6;
  for (const host of [task6, virtual6])
    for (const proto of ["tcp", "udp"] as const)
      expect([host, ...(await answersOf(client, { host, port: 80, proto, times: 2 }))]).toEqual([
        host,
        `${name} ${own6}`,
      ]);
  // What it listens on, at a name that leads to that task.
  const id = await first.ok(["ps", "-q", "--filter", "label=com.docker.swarm.service.name=app"]);
  const [, port, target = ""] =
    /service = 0 0 (\d+) (10-\S+?)\.?$/m.exec(
      (await first.run(["exec", id, "nslookup", "-type=srv", "_80._tcp.tasks.web"])).stdout,
    ) ?? [];
  expect([port, await ask(target)]).toEqual(["80", expect.stringContaining(task)]);
  const outside = talkers.at(others[0]?.enter ?? []);
  for (const { machine } of hosts)
    for (const proto of ["tcp", "udp"] as const) {
      const answers = await answersOf(outside, { host: machine.address, port: 8080, proto, times: 2 });
      expect([machine.name, proto, ...answers]).toEqual([machine.name, proto, `${name} ${others[0]?.address}`]);
    }
  await first.ok(["service", "scale", "-d", "web=0"]);
  // Refused at once where nobody is left, and found by no name.
  await eventually(
    async () => await client.probe("tcp", virtual, 80, { timeout: 3 }),
    (answer) => answer === "ECONNREFUSED",
    30_000,
  );
  await eventually(
    async () => await ask("tasks.web"),
    (text) => !text.includes(task),
    30_000,
  );
});

const WAIT_MS = 15_000;

/** Who has an address on a network: `OWNER NAME`. */
async function holders(network: string): Promise<string[]> {
  const out = await cluster().first.ok(["network", "inspect", network]);
  const [{ addresses }] = JSON.parse(out) as [{ addresses: Record<string, { name: string; owner: string }> }];
  return Object.values(addresses)
    .map(({ name, owner }) => `${owner} ${name}`)
    .toSorted();
}

async function holdersWithout(word: string): Promise<string[]> {
  return await eventually(
    async () => await holders("lab"),
    (all) => !all.some((each) => each.startsWith(word)),
    WAIT_MS,
  );
}

async function inside(talkers: Talkers, engine: TestEngine, name: string): Promise<Speaker> {
  const pid = await engine.ok(["inspect", "--format", "{{.State.Pid}}", name]);
  return talkers.at(["nsenter", `--net=/proc/${pid}/ns/net`, "--"]);
}

async function addressOf(engine: TestEngine, name: string, network = "lab"): Promise<string> {
  return await engine.ok(["inspect", "--format", `{{.NetworkSettings.Networks.${network}.IPAddress}}`, name]);
}

test("a container of any node is on an attachable network: found by name, reached from all nodes, and gone with its end", async () => {
  await using talkers = new Talkers();
  const { first } = cluster();
  const one = cluster().host("worker1").engine;
  await first.ok(["network", "create", "--driver", "overlay", "closed"]);
  const refused = await one.run(["run", "--rm", "--network", "closed", IMAGE, "true"]);
  expect([refused.code, refused.stderr]).toEqual([
    125,
    expect.stringContaining("code = PermissionDenied desc = network closed not manually attachable"),
  ]);
  expect((await one.run(["run", "--rm", "--network", "nowhere", IMAGE, "true"])).stderr).toContain("network not found");
  await first.ok(["network", "create", "--driver", "overlay", "--attachable", "lab"]);
  expect(await first.ok(["network", "inspect", "--format", "{{.Attachable}}", "lab"])).toBe("true");
  const quick = ["-q", "--update-monitor", "300ms", "--stop-grace-period", "0s"];
  const web = ["--name", "web", "--network", "lab", "--constraint", "node.role==manager"];
  await first.ok(["service", "create", ...quick, ...web, IMAGE, "sleep", "1000"]);
  // The node has never had a task of that network: the very first word of the command finds the service by its name.
  expect(await one.ok(["run", "--rm", "--network", "lab", IMAGE, "nslookup", "-type=a", "web"])).toContain("Address:");
  await one.detached(["--name", "box", "--network", "lab:alias=chest"], "sleep", "1000");
  await first.detached(["--name", "other", "--network", "lab"], "sleep", "1000");
  const ip = await addressOf(one, "box");
  const box = await inside(talkers, one, "box");
  await serve(box, 80, "box");
  const [task] = [...(await talkers.of(first, "web")).values()];
  if (task === undefined) throw new Error("web has a task on the manager");
  await serve(task, 80, "web");
  for (const from of [task, await inside(talkers, first, "other")])
    expect(await answersOf(from, { host: ip, port: 80, times: 2 })).toHaveLength(1);
  const vip = /Address: (10\.[\d.]+)\s*$/.exec(await one.ok(["exec", "box", "nslookup", "-type=a", "web"]))?.[1] ?? "";
  expect(await answersOf(box, { host: vip, port: 80, times: 2 })).toEqual([`web ${ip}`]);
  for (const name of ["box", "chest"])
    expect(await first.ok(["exec", "other", "nslookup", "-type=a", name])).toContain(`Address: ${ip}`);
  expect(await holders("lab")).toEqual(expect.arrayContaining(["container box", "container other"]));
  expect((await first.run(["network", "rm", "lab"])).code).toBe(2);
  await one.ok(["restart", "--time", "0", "box"]);
  expect(await addressOf(one, "box")).toBe(ip);
  await one.ok(["stop", "--time", "0", "box"]);
  await first.ok(["rm", "--force", "other"]);
  // Killed between the address and the start.
  const half = Bun.spawn(one.argv(["run", "-d", "--name", "half", "--network", "lab", IMAGE, "sleep", "1000"]), {
    stdio: ["ignore", "ignore", "ignore"],
  });
  await eventually(
    async () => await holders("lab"),
    (all) => all.includes("container half"),
    WAIT_MS,
  );
  half.kill("SIGKILL");
  await half.exited;
  await one.run(["rm", "--force", "half"]);
  await holdersWithout("container");
  const gone = await one.run(["run", "--rm", "--network", "lab", IMAGE, "nslookup", "-type=a", "other"]);
  expect(gone.stdout + gone.stderr).toContain("NXDOMAIN");
});
