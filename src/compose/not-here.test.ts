import { expect, test } from "bun:test";
import { loadFiles } from "../../test/fixtures/compose-files.ts";
import { checkRunnable, REFUSED, TOLD } from "./not-here.ts";

test("what has no effect on one machine is told, with its place", async () => {
  const loaded = await loadFiles(`services:
  web:
    image: a
    deploy:
      placement: {constraints: [node.role==manager]}
      update_config: {order: start-first, parallelism: 2}
`);
  expect(checkRunnable(loaded)).toEqual([
    "compose.yaml:5:18: services.web.deploy.placement has no effect: of clusters: there is one node here",
    "compose.yaml:6:56: services.web.deploy.update_config.parallelism has no effect: of clusters: replicas are replaced one after the other here",
  ]);
});

test("what cannot work is refused by name, with its place, when the project is to run; config prints it", async () => {
  const loaded = await loadFiles("services:\n  web: {image: a, use_api_socket: true}\n");
  expect(loaded.project.services["web"]?.use_api_socket).toBe(true);
  expect(() => checkRunnable(loaded)).toThrow(
    "compose.yaml:2:35: services.web.use_api_socket: no daemon is behind a socket",
  );
  const off = await loadFiles(
    "services:\n  web: {image: a, use_api_socket: false, pre_start: [{command: x, per_replica: false}]}\n",
  );
  expect(checkRunnable(off)).toEqual([]);
});

test("an attribute in a list is found at its index", async () => {
  const loaded = await loadFiles(
    "services:\n  web: {image: a, pre_start: [{command: x}, {command: y, per_replica: true}]}\n",
  );
  expect(() => checkRunnable(loaded)).toThrow(
    "services.web.pre_start.1.per_replica: an init container runs once for a service",
  );
});

test("values that have no effect are told where they stand; the others of the attribute are not", async () => {
  const loaded = await loadFiles(`services:
  web:
    build:
      context: .
      cache_from: ["type=gha", "type=registry,ref=r/c", "image:1"]
      cache_to: ["type=s3,region=x,bucket=y"]
    deploy: {mode: global}
  other: {image: a, deploy: {mode: replicated}}
`);
  expect(checkRunnable(loaded).map((text) => text.split(" has no effect")[0])).toEqual([
    "compose.yaml:5:20: services.web.build.cache_from.0",
    "compose.yaml:6:18: services.web.build.cache_to.0",
    "compose.yaml:7:20: services.web.deploy.mode",
  ]);
});

test("no attribute is both told and refused", () => {
  expect(Object.keys(TOLD).filter((path) => Object.hasOwn(REFUSED, path))).toEqual([]);
});

const service = (text: string): string => `services: {web: {image: a, ${text}}}`;

/** A file for each attribute of the two tables, with which it is told or refused. */
const WITH: Readonly<Record<string, string>> = {
  "configs.*.template_driver": "configs: {c: {content: x, template_driver: golang}}",
  "secrets.*.driver": "secrets: {s: {driver: vault}}",
  "secrets.*.driver_opts": "secrets: {s: {environment: X, driver_opts: {a: b}}}",
  "secrets.*.template_driver": "secrets: {s: {environment: X, template_driver: golang}}",
  "services.*.credential_spec": service("credential_spec: {registry: key}"),
  "services.*.external_links": service("external_links: [other]"),
  "services.*.models": `${service("models: {m: {endpoint_var: URL, model_var: NAME}}")}\nmodels: {m: {model: ai/x}}`,
  "services.*.pre_start.per_replica": service("pre_start: [{command: x, per_replica: true}]"),
  "services.*.use_api_socket": service("use_api_socket: true"),
  "services.*.build.isolation": service("build: {context: ., isolation: hyperv}"),
  "services.*.build.secrets.gid": `${service("build: {context: ., secrets: [{source: s, gid: '5'}]}")}\nsecrets: {s: {environment: X}}`,
  "services.*.build.secrets.mode": `${service("build: {context: ., secrets: [{source: s, mode: 0400}]}")}\nsecrets: {s: {environment: X}}`,
  "services.*.build.secrets.uid": `${service("build: {context: ., secrets: [{source: s, uid: '5'}]}")}\nsecrets: {s: {environment: X}}`,
  "services.*.build.provenance": service("build: {context: ., provenance: mode=max}"),
  "services.*.build.sbom": service("build: {context: ., sbom: true}"),
  "services.*.deploy.endpoint_mode": service("deploy: {endpoint_mode: dnsrr}"),
  "services.*.deploy.placement": service(
    "deploy: {placement: {preferences: [{spread: node.labels.zone}], max_replicas_per_node: 1}}",
  ),
  "services.*.deploy.resources.reservations.cpus": service("deploy: {resources: {reservations: {cpus: '0.5'}}}"),
  "services.*.deploy.resources.reservations.generic_resources": service(
    "deploy: {resources: {reservations: {generic_resources: [{discrete_resource_spec: {kind: gpu, value: 2}}]}}}",
  ),
  "services.*.deploy.resources.reservations.devices.options": service(
    "deploy: {resources: {reservations: {devices: [{capabilities: [gpu], options: {a: b}}]}}}",
  ),
  "services.*.gpus.options": service("gpus: [{capabilities: [gpu], options: {a: b}}]"),
  "services.*.deploy.restart_policy.delay": service("deploy: {restart_policy: {delay: 5s}}"),
  "services.*.deploy.restart_policy.window": service("deploy: {restart_policy: {window: 1m}}"),
  "services.*.deploy.rollback_config": service(
    "deploy: {rollback_config: {failure_action: pause, monitor: 5s, max_failure_ratio: 0.5}}",
  ),
  "services.*.deploy.update_config.delay": service("deploy: {update_config: {delay: 10s}}"),
  "services.*.deploy.update_config.failure_action": service("deploy: {update_config: {failure_action: rollback}}"),
  "services.*.deploy.update_config.max_failure_ratio": service("deploy: {update_config: {max_failure_ratio: 0.2}}"),
  "services.*.deploy.update_config.monitor": service("deploy: {update_config: {monitor: 5s}}"),
  "services.*.deploy.update_config.parallelism": service("deploy: {update_config: {parallelism: 2}}"),
  "networks.*.ipam.config.aux_addresses": `${service("networks: [n]")}
networks: {n: {ipam: {config: [{subnet: 10.9.0.0/24, aux_addresses: {host: 10.9.0.9}}]}}}`,
  "networks.*.ipam.options": `${service("networks: [n]")}\nnetworks: {n: {ipam: {options: {foo: bar}}}}`,
};

async function saidOf(path: string): Promise<{ refused: string | undefined; told: string[] }> {
  const loaded = await loadFiles(`${WITH[path]}`, { allResources: true });
  try {
    return { refused: undefined, told: checkRunnable(loaded) };
  } catch (error) {
    return { refused: error instanceof Error ? (error.message.split("\n")[0] ?? "") : "", told: [] };
  }
}

/** `services.web.deploy.delay` for `services.*.deploy.delay`. */
function named(path: string): RegExp {
  return new RegExp(`${path.replaceAll(".*", "\\.\\w+").replaceAll(/\.(?!\\)/g, "(?:\\.\\d+)?\\.")}\\b`);
}

test.each(Object.entries(REFUSED))("%s is refused by its name, with the reason", async (path, why) => {
  const { refused } = await saidOf(path);
  expect(refused).toMatch(/^compose\.yaml:\d+:\d+: /);
  expect(refused).toMatch(named(path));
  expect(refused).toEndWith(`: ${why}`);
});

test.each(Object.entries(TOLD))("%s is told by its name, with the reason", async (path, why) => {
  const { refused, told } = await saidOf(path);
  expect(refused).toBeUndefined();
  expect(told).toEqual([expect.stringMatching(named(path))] as never);
  expect(told[0]).toEndWith(`has no effect: ${why}`);
});
