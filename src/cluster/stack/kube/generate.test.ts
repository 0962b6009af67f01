import { expect, test } from "bun:test";
import { loadProject } from "../../../compose/load.ts";
import { readObjects } from "../../../kube/schema/objects.ts";
import { type KubeFiles, stackYaml } from "./generate.ts";
import { stackOfFiles } from "./source.ts";

async function generate(text: string): Promise<KubeFiles> {
  const none = { profiles: [], envFiles: [], environment: { PASSWORD: "x" } };
  const loaded = await loadProject({
    cwd: "/",
    files: ["-"],
    ...none,
    readStdin: async () => await Promise.resolve(text),
  });
  return stackYaml(stackOfFiles(loaded));
}

/** The specs in a file, by kind and name, once our own reader of Kubernetes files has taken it. */
function readBack(text: string): Record<string, unknown> {
  const { objects } = readObjects({ name: "stack.yaml", text });
  // It leaves out what is of no use on one machine.
  const documents = text.split("---\n").map((document) => Bun.YAML.parse(document) as { spec?: unknown });
  return Object.fromEntries(objects.map(({ kind, name }, index) => [`${kind} ${name}`, documents[index]?.spec]));
}

const SHOP = `
name: shop
services:
  web:
    image: registry.example/web:1
    command: serve --price $$(X)
    labels: { "of": a container }
    environment: { GREETING: hello }
    user: "1000:1000"
    stop_grace_period: 30s
    depends_on: [db]
    networks: { front: {}, back: { aliases: [shop] } }
    ports: ["8080:80", {target: 9000, published: 9001, mode: host}]
    configs: [{ source: conf, target: /etc/web.conf, mode: 0440 }]
    volumes: ["cache:/cache", "/anon", "/srv/x:/x:ro"]
    deploy:
      replicas: 3
      placement: { constraints: [node.labels.zone==eu, node.role==manager, "node.labels.a=~^x"], preferences: [{ spread: node.labels.zone }], max_replicas_per_node: 1 }
      update_config: { order: start-first, parallelism: 2, failure_action: rollback }
      resources: { limits: { memory: 64M, cpus: "0.5" }, reservations: { cpus: "0.1", memory: 32M } }
  db:
    image: registry.example/db:1
    expose: ["5432"]
    networks: [back]
    volumes: ["data:/data"]
    secrets: [password]
    healthcheck: { test: [CMD, test, -e, /ready], interval: 2s }
    sysctls: { net.core.somaxconn: "512" }
  agent: { image: registry.example/agent:1, deploy: { mode: global }, network_mode: host, cap_add: [NET_ADMIN] }
  migrate: { image: registry.example/db:1, command: migrate, deploy: { mode: replicated-job, replicas: 2, restart_policy: { condition: on-failure, max_attempts: 4 } } }
  report: { image: registry.example/db:1, command: report, x-estiba: { schedule: { cron: "0 3 * * *", timezone: Europe/Berlin } } }
networks: { front: {}, back: {} }
volumes: { data: {}, cache: { external: true, name: cache } }
secrets: { password: { environment: PASSWORD } }
configs: { conf: { content: "listen 80" } }
`;

test("a stack is Deployments, DaemonSets, Services, ConfigMaps and claims that our own reader takes, found by the names of before", async () => {
  const own = SHOP.split("\n").filter((line) => !/^ {2}(?:migrate|report):/.test(line));
  const { text, secrets } = await generate(own.join("\n"));
  const objects = readBack(text);
  expect(Object.keys(objects)).toEqual([
    "ConfigMap shop-conf",
    "PersistentVolumeClaim shop-data",
    "Service db",
    "Service web",
    "Service shop",
    "Service web-published",
    "DaemonSet agent",
    "Deployment db",
    "Deployment web",
  ]);
  expect(secrets).toEqual(["shop-password"]);
  const labels = { "app.kubernetes.io/name": "web", "app.kubernetes.io/part-of": "shop" };
  expect(objects["Service shop"]).toMatchObject({ selector: labels, ports: [{ port: 80 }, { port: 9000 }] });
  expect(objects["Service web-published"]).toMatchObject({
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    ports: [{ port: 8080, targetPort: 80 }],
  });
  expect(objects["Deployment web"]).toMatchObject({
    replicas: 3,
    selector: { matchLabels: labels },
    strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
    template: {
      metadata: { labels, annotations: { of: "a container" } },
      spec: {
        terminationGracePeriodSeconds: 30,
        tolerations: [{ key: "node-role.kubernetes.io/control-plane" }],
        topologySpreadConstraints: [{ topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" }],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: "zone", operator: "In", values: ["eu"] },
                    { key: "node-role.kubernetes.io/control-plane", operator: "Exists" },
                  ],
                },
              ],
            },
          },
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }],
          },
        },
        containers: [
          {
            args: ["serve", "--price", "$$(X)"],
            ports: [{ containerPort: 80 }, { containerPort: 9000, hostPort: 9001 }],
            resources: { limits: { cpu: "500m", memory: "67108864" }, requests: { cpu: "100m", memory: "33554432" } },
          },
        ],
      },
    },
  });
  expect(objects["Deployment db"]).toMatchObject({
    template: {
      spec: {
        containers: [{ readinessProbe: { periodSeconds: 2 }, livenessProbe: { periodSeconds: 2 } }],
        volumes: [{ persistentVolumeClaim: { claimName: "shop-data" } }, { secret: { secretName: "shop-password" } }],
      },
    },
  });
  expect(objects["DaemonSet agent"]).toMatchObject({
    template: {
      spec: { hostNetwork: true, containers: [{ securityContext: { capabilities: { add: ["NET_ADMIN"] } } }] },
    },
  });
});

test("jobs are Jobs, and what runs by a schedule is a CronJob", async () => {
  const { text } = await generate(SHOP);
  const [job = "", cron = ""] = ["Job", "CronJob"].map((kind) =>
    text.split("---\n").find((each) => each.includes(`\nkind: ${kind}\n`)),
  );
  expect(readBack(job.replace(/\n {2}(?:completions|parallelism): 2/g, ""))).toMatchObject({
    "Job migrate": { backoffLimit: 4, template: { spec: { restartPolicy: "OnFailure" } } },
  });
  expect(job).toContain("completions: 2\n  parallelism: 2\n");
  for (const line of [
    "schedule: 0 3 * * *",
    "timeZone: Europe/Berlin",
    "concurrencyPolicy: Forbid",
    "startingDeadlineSeconds: 60",
  ])
    expect(cron).toContain(`  ${line}\n`);
  expect(cron).toContain("restartPolicy: Never");
});

test("what Kubernetes has no counterpart for is told", async () => {
  const { warnings } = await generate(SHOP);
  for (const told of [
    "pods of all networks reach each other",
    "volumes are not each node's own",
    "web: /srv/x is a folder or file of each node",
    "web: Kubernetes cannot say the constraint node.labels.a=~^x",
    "web: Kubernetes rolls nothing back by itself",
    "web: Kubernetes does not wait for what a service depends on",
  ])
    expect(warnings.join("\n")).toContain(told);
  const odd = await generate(
    "name: odd\nservices:\n  a_b: { image: i, restart: 'no', stop_signal: SIGINT, ulimits: { nofile: 9 } }\n  a-b: { image: i, deploy: { mode: global-job } }\n" +
      "  load: { image: i, deploy: { labels: { io.estiba.autoscale.max: 5, io.estiba.autoscale.cpu: 1, io.estiba.rebalance: true } } }\n",
  );
  for (const told of [
    "several services are called a-b in Kubernetes",
    "a_b: Kubernetes starts pods of a replicated service again however they ended",
    "Kubernetes YAML cannot say --stop-signal, --ulimit",
    "load: what scales it by load in Kubernetes is a HorizontalPodAutoscaler",
    "load: Kubernetes does not move pods",
    "a-b: Kubernetes has no job that runs on each node",
  ])
    expect(odd.warnings.join("\n")).toContain(told);
  expect(odd.warnings.join("\n")).not.toContain("--network");
});
