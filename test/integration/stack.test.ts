import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { eventually, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({ images: [{ name: "bb:2", files: { "etc/two": "" } }] });

beforeEach(async () => void (await engine.ok(["swarm", "init"])), 60_000);
afterEach(async () => void (await engine.run(["swarm", "leave", "--force"])), 60_000);

const SHOP = `
services:
  web:
    image: bb:1
    command: sleep 1000
    stop_grace_period: 0s
    depends_on:
      db: { condition: service_healthy }
    labels: { of: container }
    environment: { GREETING: hello }
    networks:
      back: { aliases: [shop] }
    configs:
      - { source: conf, target: /etc/web.conf, mode: 0440 }
    ports: ["18082:80"]
    deploy:
      replicas: 2
      labels: { tier: front }
      endpoint_mode: dnsrr
      update_config: { order: start-first, parallelism: 2, monitor: 100ms }
      restart_policy: { condition: on-failure, max_attempts: 3, delay: 2s }
      placement: { constraints: [node.role==manager], preferences: [{ spread: node.labels.zone }] }
      resources:
        limits: { memory: 64M, cpus: "0.5" }
        reservations: { cpus: "0.1" }
  db:
    image: bb:1
    command: sh -c "touch /ready; exec sleep 1000"
    stop_grace_period: 0s
    healthcheck: { test: [CMD, test, -e, /ready], interval: 100ms }
    networks: [back]
    secrets: [password]
    deploy: { update_config: { monitor: 100ms } }
networks:
  back: {}
secrets:
  password: { file: ./password }
configs:
  conf: { content: "listen 80" }
`;

/** Writes a Compose file with the files that it names, and gives its path. */
function compose(name: string, text: string, password = "old"): string {
  mkdirSync(engine.path(name), { recursive: true });
  writeFileSync(engine.path(`${name}/password`), password);
  writeFileSync(engine.path(`${name}/compose.yaml`), text);
  return engine.path(`${name}/compose.yaml`);
}

async function deploy(file: string, ...options: string[]): Promise<string> {
  return await engine.ok(["stack", "deploy", "-c", file, ...options, "shop"]);
}

async function inspect(name: string, template: string): Promise<string> {
  return await engine.ok(["service", "inspect", "--format", template, name]);
}

/** What a command prints in a task of a service. */
async function inTask(service: string, ...command: string[]): Promise<string> {
  const filter = ["--filter", `label=com.docker.swarm.service.name=${service}`];
  const [name = ""] = (await engine.ok(["ps", ...filter, "--format", "{{.Names}}"])).split("\n");
  return await engine.ok(["exec", name, ...command]);
}

test("a stack is what its file says, with all of deploy:, networks, secrets and configs; services wait for those they depend on", async () => {
  const said = await deploy(compose("shop", SHOP), "--detach=false");
  expect(said).toContain("Creating network shop_back");
  expect(said.indexOf("Creating service shop_db")).toBeLessThan(said.indexOf("Creating service shop_web"));
  expect(await engine.ok(["stack", "ls", "--format", "{{.Name}} {{.Services}}"])).toBe("shop 2");
  expect(await engine.ok(["stack", "services", "--format", "{{.Name}} {{.Replicas}}", "shop"])).toBe(
    "shop_db 1/1\nshop_web 2/2",
  );
  const tasks = await engine.ok(["stack", "ps", "--format", "{{.Name}} {{.DesiredState}}", "shop"]);
  expect(tasks.split("\n").toSorted()).toEqual(["shop_db.1 Running", "shop_web.1 Running", "shop_web.2 Running"]);
  const template = JSON.parse(await inspect("shop_web", "{{json .Spec}}")) as Record<string, unknown>;
  expect(template).toMatchObject({
    Labels: { tier: "front", "com.docker.stack.namespace": "shop", "com.docker.stack.image": "bb:1" },
    Mode: { Replicated: { Replicas: 2 } },
    UpdateConfig: { Order: "start-first", Parallelism: 2, Monitor: 1e8 },
    EndpointSpec: { Mode: "dnsrr", Ports: [{ PublishedPort: 18_082, TargetPort: 80, PublishMode: "ingress" }] },
    TaskTemplate: {
      ContainerSpec: { Labels: { of: "container", "com.docker.stack.namespace": "shop" }, Env: ["GREETING=hello"] },
      Resources: { Limits: { MemoryBytes: 64 << 20, NanoCPUs: 5e8 }, Reservations: { NanoCPUs: 1e8 } },
      RestartPolicy: { Condition: "on-failure", MaxAttempts: 3, Delay: 2e9 },
      Placement: {
        Constraints: ["node.role==manager"],
        Preferences: [{ Spread: { SpreadDescriptor: "node.labels.zone" } }],
      },
    },
  });
  expect(await inTask("shop_db", "cat", "/run/secrets/password")).toBe("old");
  expect(await inTask("shop_web", "sh", "-c", "cat /etc/web.conf; stat -c ' %a' /etc/web.conf")).toBe("listen 80 440");
  for (const name of ["db", "shop", "web"])
    await eventually(
      async () => (await engine.run(["exec", await taskOf("shop_web"), "nslookup", name])).stdout,
      (text) => text.includes("Name:"),
    );
  const map = await engine.ok(["map", "--cluster"]);
  for (const line of [
    / leader, ready {2}\S+, \d+ CPUs/,
    /─ shop_db\.1 +running, healthy +bb:1\n.*└─ shop_back 10\.\d+\.\d+\.\d+$/m,
    /^shop_web +2\/2 replicated +\*:18082->80\/tcp$/m,
    /^shop_back {2}10\.\S+, tunnel \d+$/m,
    /─ shop_db +10\.\S+ → 10\.\S+$/m,
    /─ shop_web +10\.[\d.]+ 10\.[\d.]+$/m,
  ])
    expect(map).toMatch(line);
  expect(map.split("\n").filter((line) => line.length > 80)).toEqual([]);
  await engine.ok(["map", "--cluster", "--svg", engine.path("map.svg")]);
  expect(await Bun.file(engine.path("map.svg")).text()).toContain(">shop_db.1</text>");
  // As it runs it is for Kubernetes what its file is.
  const kube = await engine.ok(["stack", "generate", "kube", "shop"]);
  expect(kube).toContain("secretName: shop-password\n");
  expect(await engine.ok(["stack", "generate", "kube", "-c", compose("shop", SHOP), "shop"])).toBe(kube);
  // Deployed again, nothing is replaced; a secret that says something else comes by an update, and only where it is.
  const before = await engine.ok(["ps", "-q", "--filter", "label=com.docker.swarm.service.name=shop_web"]);
  await deploy(compose("shop", SHOP, "new"), "--detach=false");
  expect(await inTask("shop_db", "cat", "/run/secrets/password")).toBe("new");
  expect(await engine.ok(["ps", "-q", "--filter", "label=com.docker.swarm.service.name=shop_web"])).toBe(before);
  await deploy(
    compose("shop", SHOP.replace("image: bb:1", "image: bb:2").replace("replicas: 2", "replicas: 1"), "new"),
    "--detach=false",
  );
  await eventually(
    async () => (await engine.run(["exec", await taskOf("shop_web"), "ls", "/etc/two"])).stdout,
    (text) => text === "/etc/two\n",
  );
  const removed = await engine.ok(["stack", "rm", "shop"]);
  for (const line of [
    "service shop_web",
    "service shop_db",
    "secret shop_password",
    "config shop_conf",
    "network shop_back",
  ])
    expect(removed).toContain(`Removing ${line}`);
  await eventually(
    async () => await engine.ok(["network", "ls", "--format", "{{.Name}}"]),
    (names) => !names.includes("shop"),
  );
  expect(await engine.ok(["secret", "ls", "-q"])).toBe("");
  for (const words of [["ps"], ["generate", "kube"]]) {
    const gone = await engine.run(["stack", ...words, "shop"]);
    expect([gone.code, gone.stderr]).toEqual([125, expect.stringContaining("nothing found in stack: shop")]);
  }
}, 60_000);

async function taskOf(service: string): Promise<string> {
  const filter = ["--filter", `label=com.docker.swarm.service.name=${service}`];
  return (await engine.ok(["ps", ...filter, "--format", "{{.Names}}"])).split("\n")[0] ?? "";
}

test("services that a file does not have any more stay, unless they are to be pruned", async () => {
  const two =
    "services:\n  a: { image: bb:1, command: sleep 1000, stop_grace_period: 0s }\n  b: { image: bb:1, command: sleep 1000, stop_grace_period: 0s }\n";
  await deploy(compose("two", two));
  const one = compose("one", "services:\n  a: { image: bb:1, command: sleep 1000, stop_grace_period: 0s }\n");
  await deploy(one);
  expect(await engine.ok(["stack", "services", "-q", "shop"])).toContain("\n");
  expect(await deploy(one, "--prune")).toContain("Removing service shop_b");
  expect(await engine.ok(["stack", "services", "-q", "shop"])).not.toContain("\n");
  expect(await engine.ok(["stack", "config", "-c", one])).toContain("image: bb:1");
  await engine.ok(["stack", "rm", "shop"]);
}, 60_000);

test("what differs from one machine is told key by key, and what cannot work refused, with its place", async () => {
  const file = compose(
    "odd",
    "services:\n  a:\n    image: bb:1\n    container_name: mine\n    volumes_from: [b]\n    ports: ['80']\n  b: { image: bb:1, restart: always }\n",
  );
  const { code, stdout } = await engine.run(["stack", "deploy", "--check", "-c", file, "shop"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^refused: .*odd\/compose.yaml:5:.*services\.a\.volumes_from/m);
  expect(stdout).toMatch(/^no effect: .*services\.a\.container_name: tasks are named by their slot/m);
  expect(stdout).toMatch(/^differs: .*services\.b\.restart/m);
  for (const [text, told] of [
    ["services:\n  a: { image: bb:1, volumes_from: [b] }\n  b: { image: bb:1 }\n", "services.a.volumes_from"],
    ["services:\n  a: { build: . }\n", "nodes pull what they run"],
    ["services:\n  a: { image: bb:1, secrets: [s] }\nsecrets: { s: { external: true } }\n", "secret s not found"],
    ["services:\n  a: { image: bb:1, networks: [n] }\nnetworks: { n: { external: true } }\n", "network n not found"],
    ["services:\n  a: { image: bb:1, networks: [n] }\nnetworks: { n: { driver: bridge } }\n", "networks between nodes"],
    ["services:\n  a: { image: bb:1, deploy: { mode: global, replicas: 2 } }\n", "nodes give the number"],
  ] as const) {
    const refused = await engine.run(["stack", "deploy", "-c", compose("bad", text), "shop"]);
    expect([text, refused.code === 0, refused.stderr]).toEqual([text, false, expect.stringContaining(told)]);
  }
  expect(await engine.ok(["service", "ls", "-q"])).toBe("");
});
