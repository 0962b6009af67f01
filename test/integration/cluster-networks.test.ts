import { expect, test } from "bun:test";
import { answersOf, serve, Talkers } from "../fixtures/cluster/talkers.ts";
import { useCluster } from "../fixtures/cluster/test-cluster.ts";
import { eventually } from "../fixtures/engine.ts";

const cluster = useCluster({ managers: 1, workers: 1, etcd: 0, others: 1 });

type Holders = Record<string, { readonly name: string; readonly owner: string }>;

test("tasks reach each other on other machines by address and by name, and are reached from outside by any of them", async () => {
  await using talkers = new Talkers();
  const { first, hosts, others } = cluster();
  expect(await first.ok(["network", "create", "--driver", "overlay", "back"])).toBe("back");
  expect(await first.ok(["network", "ls", "--filter", "driver=overlay", "--format", "{{.Name}} {{.Scope}}"])).toBe(
    "back swarm",
  );
  const onWorker = ["--constraint", "node.hostname==worker1"];
  await cluster().create(1, "--network", "back", "-p", "8080:80", "-p", "8080:80/udp", ...onWorker);
  const taken = await first.run(["service", "create", "--name", "two", "-p", "8080:80", "bb:1"]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining("already in use by service 'web'")]);
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
