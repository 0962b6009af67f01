import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Lan } from "../../test/fixtures/cluster/lan.ts";
import type { Machine } from "../../test/fixtures/cluster/machine.ts";
import { DOCKER_CGROUP } from "../peers.ts";
import { output, type Place, waitFor } from "../process.ts";
import type { ClusterBench } from "./cluster.ts";
import { ask, type Cluster, type ClusterNode, joinAll, NODES } from "./nodes.ts";
import { killMachine, processesOn } from "./processes.ts";

/** Docker's Swarm: a daemon on each machine, with its own containerd. */
export async function openSwarm({ place, layout }: ClusterBench, round: number): Promise<Cluster> {
  await using made = new AsyncDisposableStack();
  const lan = made.use(await Lan.make([...NODES, "client"]));
  const archive = join(place.folder, `swarm-${round}.tar`);
  output(place, ["skopeo", "copy", "-q", `oci:${layout}:bb:1`, `docker-archive:${archive}:bb:1`]);
  const machines = lan.machines.slice(0, NODES.length);
  made.defer(() => {
    for (const { pid } of machines) killMachine(pid);
  });
  const nodes = await Promise.all(machines.map(async (machine) => await startDaemon(place, machine, round)));
  for (const node of nodes) ask(node, "load", "-q", "-i", archive);
  await joinAll(nodes, ["--advertise-addr", machines[0]?.address ?? ""]);
  const [first] = nodes;
  const client = lan.machines.at(-1);
  if (first === undefined || client === undefined) throw new Error("there are nodes and a client");
  const opened = made.move();
  return {
    peer: "docker",
    version: ask(first, "version", "--format={{.Server.Version}}"),
    image: "bb:1",
    lan,
    nodes,
    client,
    // It would ask a registry on the internet what the name means.
    words: ["--no-resolve-image"],
    [Symbol.asyncDispose]: async () => await opened.disposeAsync(),
  };
}

async function startDaemon(place: Place, machine: Machine, round: number): Promise<ClusterNode> {
  const base = `/run/swarm-${round}-${machine.name}`;
  const data = ["--data-root", join(place.folder, `swarm-${round}-${machine.name}`), "--exec-root", base];
  const names = ["--pidfile", `${base}.pid`, "-H", `unix://${base}.sock`, `--cgroup-parent=/${DOCKER_CGROUP}`];
  const log = Bun.file(join(place.folder, `swarm-${round}-${machine.name}.log`));
  // As if the image had been pulled: none of its nodes has to ask a registry before each task.
  const env = { ...place.env, DOCKER_SERVICE_PREFER_OFFLINE_IMAGE: "1" };
  const daemon = [...machine.enter, "dockerd", ...data, ...names];
  const child = Bun.spawn(daemon, { env, stdin: "ignore", stdout: log, stderr: log });
  const argv = [...machine.enter, "/usr/bin/docker", "-H", `unix://${base}.sock`];
  await waitFor(`dockerd of ${machine.name}`, async () => {
    if (child.exitCode !== null) throw new Error(`dockerd ended: ${(await log.text()).slice(-2000)}`);
    return (
      existsSync(`${base}.sock`) &&
      Bun.spawnSync([...argv, "info"], { env, stdio: ["ignore", "ignore", "ignore"] }).success
    );
  });
  const isEngine = (pid: number): boolean =>
    ["dockerd", "containerd"].includes(readFileSync(`/proc/${pid}/comm`, "utf8").trim());
  return { machine, argv, pids: () => processesOn(machine.pid).filter(isEngine) };
}
