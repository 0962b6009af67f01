import { expect, test } from "bun:test";
import type { ServiceSummary, TaskRow } from "../../door/wire.ts";
import { newService, type ServiceSpec } from "../../model/service.ts";
import type { Task } from "../../model/task.ts";
import { USUAL_RULES } from "../../model/usual-rules.ts";
import { type ClusterFacts, clusterPicture } from "./picture.ts";
import { clusterSvg } from "./svg.ts";
import { clusterText } from "./text.ts";

const CONTAINER = { image: "bb:1", ports: [], healthcheck: { test: ["CMD", "true"] } } as unknown;
const SPEC = {
  ...USUAL_RULES,
  name: "web",
  labels: {},
  mode: { kind: "replicated", replicas: 4 },
  container: CONTAINER as ServiceSpec["container"],
  force: 0,
} as const satisfies ServiceSpec;

function row(id: string, slot: number, changes: Partial<Task>): TaskRow {
  const status = { state: "running", at: 0, message: "" } as const;
  const task = { id, serviceId: "s", slot, specHash: "h", createdAt: 0, desired: "running", status } as const;
  const made: Task = { ...task, reserve: { nanoCpus: 0, memoryBytes: 0 }, hostPorts: [], ...changes };
  return { task: made, serviceName: "web", nodeName: made.nodeId ?? "", version: 1 };
}

function node(id: string, role: "manager" | "worker", state: "ready" | "down"): ClusterFacts["nodes"][number] {
  const size = { nanoCpus: 2e9, memoryBytes: 1 << 30, engineVersion: "1" };
  const description = { hostname: id, address: "10.0.0.1", os: "linux", architecture: "amd64", ...size };
  const times = { createdAt: 0, updatedAt: 0 };
  const why = state === "down" ? { message: "heartbeat failure" } : {};
  return {
    node: { id, role, state, availability: "active", labels: {}, description, ...times, ...why },
    version: 1,
    isLeader: role === "manager",
    isReachable: true,
    tls: undefined,
  };
}

const FAILED = { state: "failed", at: 0, message: "", error: "task: unhealthy container <now>" } as const;
const PENDING = { state: "pending", at: 0, message: "", error: "no suitable node (1 node not available)" } as const;

const FACTS: ClusterFacts = {
  info: { clusterId: "c", nodeId: "a", address: "10.0.0.1", leader: "a", silent: undefined, createdAt: 0 },
  nodes: [node("a", "manager", "ready"), node("b", "worker", "down")],
  services: [
    {
      service: newService("s", SPEC, 0),
      version: 1,
      running: 2,
      desired: 4,
      networks: {},
      virtual: [],
      completed: 0,
    } satisfies ServiceSummary,
  ],
  tasks: [
    row("t1", 1, { nodeId: "a" }),
    // What failed in a slot that runs again is past.
    row("t0", 1, { nodeId: "a", desired: "shutdown", status: FAILED }),
    row("t3", 2, { nodeId: "a", status: { state: "starting", at: 0, message: "" } }),
    row("t2", 2, { nodeId: "a", desired: "shutdown", status: FAILED }),
    row("t4", 10, { nodeId: "b", status: { state: "ready", at: 0, message: "" } }),
    row("t5", 9, { status: PENDING }),
  ],
  networks: [
    {
      network: {
        id: "n",
        name: "back",
        createdAt: 0,
        labels: {},
        options: {},
        subnet: "10.32.0.0/22",
        vni: 4096,
        internal: true,
      },
      holders: [
        { owner: "service/s", ip: "10.32.0.1", name: "web" },
        { owner: "task/t1", ip: "10.32.0.2", name: "web.1.t1" },
        { owner: "node/a", ip: "10.32.0.3", name: "a" },
      ],
    },
  ],
};

test("a cluster is drawn as trees: nodes, tasks and their health, what waits and why, where names lead", () => {
  expect(clusterText(clusterPicture(FACTS))).toBe(`cluster c: 2 nodes, 1 service, 1 task running

NODES and their tasks
a  leader, ready  10.0.0.1, 2 CPUs, 1.0G
├─ web.1                    running, healthy          bb:1
│  └─ back 10.32.0.2
├─ web.2                    starting, not healthy yet bb:1
└─ web.2                    failed                    bb:1
   └─ task: unhealthy container <now>
b  worker, down (heartbeat failure)  10.0.0.1, 2 CPUs, 1.0G
└─ web.10                   ready                     bb:1

WAITING for a node
web.9                    pending                   bb:1
└─ no suitable node (1 node not available)

SERVICES
web                      2/4 replicated

NETWORKS, where names lead
back  10.32.0.0/22, tunnel 4096, internal
├─ web                      10.32.0.1 → 10.32.0.2
└─ (nodes)                  a 10.32.0.3
`);
});

test("the same as a picture: a card for each task in the colour of its state, and texts of users are texts", () => {
  const svg = clusterSvg(clusterPicture(FACTS));
  expect(svg.match(/class="card"/g)).toHaveLength(5);
  expect(svg).toContain("task: unhealthy container &lt;now&gt;");
  for (const colour of ["#3ca951", "#efb118", "#ff725c"]) expect(svg).toContain(`fill="${colour}"`);
  expect(svg).toContain(">web  10.32.0.1 → 10.32.0.2</text>");
  const silent = { ...FACTS, info: { ...FACTS.info, silent: "no quorum" } };
  expect(clusterText(clusterPicture(silent))).toContain("its store is silent: no quorum");
});
