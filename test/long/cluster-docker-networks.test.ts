import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { answersOf, serve, Talkers } from "../fixtures/cluster/talkers.ts";
import { type Host, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { eventually, IMAGE } from "../fixtures/engine.ts";
import { NO_DOCKER, TestService } from "../fixtures/service.ts";

const cluster = useCluster({ managers: 1, workers: 2, etcd: 0, others: 1 });
const ASK = join(import.meta.dir, "../fixtures/dns-ask.py");
const QUICK = ["-q", "--no-resolve-image", "--update-monitor", "300ms", "--stop-grace-period", "0s"];

/** A container of a service on a machine, and the resolver that it has. */
type Asker = { readonly host: Host; readonly pid: string; readonly server: string };

async function askerIn(host: Host, service: string): Promise<Asker> {
  const filter = `label=com.docker.swarm.service.name=${service}`;
  const out = await host.engine.ok(["ps", "--filter", filter, "--format", "{{.ID}} {{.Pid}}"]);
  const [id = "", pid = ""] = (out.split("\n")[0] ?? "").split(" ");
  const server = /nameserver (\S+)/.exec(await host.engine.ok(["exec", id, "cat", "/etc/resolv.conf"]))?.[1] ?? "";
  return { host, pid, server };
}

/** What its resolver says of a name: how long each record is good for, and the record. */
function lookUp({ host, pid, server }: Asker, name: string, type = "A"): string[] {
  const out = host.machine.run("nsenter", `--net=/proc/${pid}/ns/net`, "python3", ASK, server, name, type);
  return out.split("\n").slice(1);
}

describe.skipIf(NO_DOCKER !== undefined)("the docker command at a cluster of several machines", () => {
  test("networks, virtual addresses, names and ports are as it declares them, on every node", async () => {
    await using talkers = new Talkers();
    const { hosts, others, first } = cluster();
    const service = new TestService(first);
    await service.start();
    try {
      await service.dockerOk(["network", "create", "-d", "overlay", "back"]);
      const create = async (name: string, ...options: string[]): Promise<string> =>
        await service.dockerOk([
          "service",
          "create",
          ...QUICK,
          "--name",
          name,
          "--network",
          "back",
          ...options,
          IMAGE,
          "sleep",
          "1000",
        ]);
      await create("web", "--replicas", "3", "--replicas-max-per-node", "1", "-p", "8080:80", "-p", "8080:80/udp");
      await create("db", "--replicas", "2", "--endpoint-mode", "dnsrr");
      await create("app", "--mode", "global");
      for (const { engine } of hosts)
        for (const [name, speaker] of await talkers.of(engine, "web")) await serve(speaker, 80, name);
      const vips = JSON.parse(
        await service.dockerOk(["service", "inspect", "--format", "{{json .Endpoint.VirtualIPs}}", "web"]),
      ) as { Addr: string }[];
      const [vip = ""] = vips.map(({ Addr }) => Addr.split("/")[0] ?? "");
      for (const host of hosts) {
        const asker = await askerIn(host, "app");
        expect(lookUp(asker, "web")).toEqual([`5 ${vip}`]);
        expect(lookUp(asker, "tasks.web")).toHaveLength(3);
        // Without a virtual address: all of them, each first in its turn.
        const turns = Array.from({ length: 8 }, () => lookUp(asker, "db"));
        for (const rows of turns) expect(rows).toHaveLength(2);
        expect(new Set(turns.map(([row]) => row)).size).toBe(2);
        expect(turns.flat().every((row) => row.startsWith("5 "))).toBe(true);
        const targets = lookUp(asker, "_80._tcp.tasks.web", "SRV");
        expect(targets.map((row) => row.split(" ").slice(0, 2))).toEqual(Array.from({ length: 3 }, () => ["5", "80"]));
        for (const row of targets) expect(lookUp(asker, row.split(" ")[2] ?? "")).toHaveLength(1);
        // In the namespace of who asks, and nowhere on the machine; the task sees him.
        const [[name, app] = []] = await talkers.of(host.engine, "app");
        expect(host.machine.run("nsenter", `--net=/proc/${asker.pid}/ns/net`, "nft", "list", "ruleset")).toContain(vip);
        expect(host.machine.run("nft", "list", "ruleset")).not.toContain(vip);
        const own = await host.engine.ok([
          "inspect",
          "--format",
          "{{.NetworkSettings.Networks.back.IPAddress}}",
          name ?? "",
        ]);
        if (app === undefined) throw new Error("there is an app on each machine");
        const answers = await answersOf(app, { host: vip, port: 80, times: 30 });
        expect(answers.map((answer) => answer.split(" ")[1])).toEqual([own, own, own]);
        // Nothing is learned, nothing is flooded: who is where stands there, to stay.
        const tunnel = /\bestivx\w+/.exec(host.machine.run("ip", "-br", "link", "show", "type", "vxlan"))?.[0] ?? "";
        expect(host.machine.run("ip", "-d", "link", "show", tunnel)).toMatch(
          /vxlan .*\bproxy\b.*\bnolearning\b|vxlan .*\bnolearning\b.*\bproxy\b/,
        );
        expect(host.machine.run("bridge", "fdb", "show", "dev", tunnel)).not.toContain("00:00:00:00:00:00");
      }
      // From outside, by any of them, with the client's own address.
      const [other] = others;
      if (other === undefined) throw new Error("there is a machine beside the cluster");
      const client = talkers.at(other.enter);
      for (const { machine } of hosts)
        for (const [address, own] of [
          [machine.address, other.address],
          [machine.address6, other.address6],
        ] as const)
          for (const proto of ["tcp", "udp"] as const)
            expect((await client.probe(proto, address, 8080, { timeout: 3 })).split(" ")[1]).toBe(own);
      // No name of what has gone, and none of an address that has been given up.
      await service.dockerOk([
        "service",
        "update",
        "-q",
        "--endpoint-mode",
        "dnsrr",
        "--publish-rm",
        "80/tcp",
        "--publish-rm",
        "80/udp",
        "web",
      ]);
      const far = await askerIn(cluster().host("worker2"), "app");
      await eventually(
        () => lookUp(far, "web"),
        (rows) => rows.length === 3 && rows.every((row) => row !== `5 ${vip}`),
        20_000,
      );
      await service.dockerOk(["service", "scale", "-d", "web=1"]);
      await eventually(
        () => lookUp(far, "web").length,
        (count) => count === 1,
        20_000,
      );
      await service.dockerOk(["service", "rm", "web"]);
      await eventually(
        () => lookUp(far, "web").length,
        (count) => count === 0,
        20_000,
      );
      // What all tasks have printed, on whatever node.
      await service.dockerOk([
        "service",
        "create",
        ...QUICK,
        "--name",
        "say",
        "--mode",
        "global",
        IMAGE,
        "sh",
        "-c",
        "echo said; exec sleep 1000",
      ]);
      const said = await eventually(
        async () => await service.dockerOk(["service", "logs", "say"]),
        (text) => text.split("said").length === 4,
        20_000,
      );
      for (const { machine } of hosts)
        expect(said).toMatch(new RegExp(`^say\\.0?\\S*@${machine.name} +\\| said$`, "m"));
    } finally {
      await service.end();
    }
  }, 180_000);
});
