import { expect, test } from "bun:test";
import { loadFiles, problemOf } from "../../../test/fixtures/compose-files.ts";

/** A file of one service: its attributes, a line each. */
const web = (...lines: readonly string[]): string =>
  `services:\n  web:\n${lines.map((line) => `    ${line}\n`).join("")}`;

/** What is wrong, where it is told, and what is told. */
const PROBLEMS: readonly (readonly [title: string, text: string, reason: string, what: string, fix?: string])[] = [
  [
    "neither image nor build",
    web("command: x"),
    "compose.inconsistent",
    '3:5: service "web" has neither an image nor a build context specified',
    "give it image: or build:",
  ],
  [
    "an undefined network",
    web("image: a", "networks: [front]") + "networks:\n  fron:\n",
    "compose.undefined",
    '4:16: service "web" refers to undefined network front',
    'did you mean "fron"?',
  ],
  [
    "an undefined volume",
    web("image: a", 'volumes: ["data:/d"]'),
    "compose.undefined",
    '4:15: service "web" refers to undefined volume data',
    "define it at the top level of the file",
  ],
  [
    "an undefined secret",
    web("image: a", "secrets:", "  - token"),
    "compose.undefined",
    '5:9: service "web" refers to undefined secret token',
  ],
  [
    "an undefined config",
    web("image: a", "configs: [{source: c}]"),
    "compose.undefined",
    '4:24: service "web" refers to undefined config c',
  ],
  [
    "an undefined build secret",
    web("build: {context: ., secrets: [s]}"),
    "compose.undefined",
    '3:35: service "web" refers to undefined build secret s',
  ],
  [
    "an undefined model",
    web("image: a", "models: [m]"),
    "compose.undefined",
    '4:14: service "web" refers to undefined model m',
  ],
  [
    "an undefined dependency",
    web("image: a", "depends_on: [wbe]"),
    "compose.undefined",
    '4:18: service "web" depends on undefined service "wbe"',
    'did you mean "web"?',
  ],
  [
    "an undefined service of a namespace",
    web("image: a", "network_mode: service:db"),
    "compose.undefined",
    '4:19: service "web" depends on undefined service "db"',
  ],
  [
    "network_mode and networks",
    web("image: a", "network_mode: host", "networks: [default]"),
    "compose.inconsistent",
    '4:19: service "web" declares mutually exclusive `network_mode` and `networks`',
  ],
  [
    "two Dockerfiles",
    web("build: {dockerfile: D, dockerfile_inline: FROM x}"),
    "compose.inconsistent",
    '3:47: service "web" declares mutually exclusive `dockerfile` and `dockerfile_inline`',
  ],
  [
    "scale and another number of replicas",
    web("image: a", "scale: 2", "deploy: {replicas: 3}"),
    "compose.inconsistent",
    '4:12: service "web": can\'t set distinct values on `scale` and `deploy.replicas`',
  ],
  [
    "cpus and another limit",
    web("image: a", "cpus: 1", "deploy: {resources: {limits: {cpus: '2'}}}"),
    "compose.inconsistent",
    '4:11: service "web": can\'t set distinct values on `cpus` and `deploy.resources.limits.cpus`',
  ],
  [
    "mem_limit and another limit",
    web("image: a", "mem_limit: 1m", "deploy: {resources: {limits: {memory: 2m}}}"),
    "compose.inconsistent",
    '4:16: service "web": can\'t set distinct values on `mem_limit` and `deploy.resources.limits.memory`',
  ],
  [
    "mem_reservation and another one",
    web("image: a", "mem_reservation: 1m", "deploy: {resources: {reservations: {memory: 2m}}}"),
    "compose.inconsistent",
    '4:22: service "web": can\'t set distinct values on `mem_reservation` and `deploy.resources.reservations.memory`',
  ],
  [
    "pids_limit and another limit",
    web("image: a", "pids_limit: 1", "deploy: {resources: {limits: {pids: 2}}}"),
    "compose.inconsistent",
    '4:17: service "web": can\'t set distinct values on `pids_limit` and `deploy.resources.limits.pids`',
  ],
  [
    "one name for several containers",
    web("image: a", "container_name: one", "scale: 2"),
    "compose.inconsistent",
    '4:21: service "web": can\'t set container_name and a scale of 2: container names are unique',
    "remove container_name",
  ],
  [
    "one name for two services",
    `${web("image: a", "container_name: one")}  db:\n    image: a\n    container_name: one\n`,
    "compose.inconsistent",
    '7:21: services "web" and "db" both have the container name "one"',
  ],
  [
    "two mounts at one place",
    web("image: a", "volumes: [/a:/d]", "tmpfs: /d"),
    "compose.inconsistent",
    '5:12: service "web" mounts /d twice',
  ],
  [
    "a watch without a target",
    web("image: a", "build: .", "develop: {watch: [{path: ., action: sync}]}"),
    "compose.inconsistent",
    '5:23: service "web": a target is required for the action sync',
    "add target:",
  ],
  [
    "a health check without its first word",
    web("image: a", "healthcheck: {test: [curl, x]}"),
    "compose.inconsistent",
    '4:26: service "web": healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"',
  ],
  [
    "start_interval alone",
    web("image: a", "healthcheck: {test: x, start_interval: 1s}"),
    "compose.inconsistent",
    '4:44: service "web": healthcheck.start_interval can only be set together with start_period',
  ],
  [
    "external and more",
    `${web("image: a")}volumes:\n  v: {external: true, driver: local}\n`,
    "compose.inconsistent",
    '5:31: volumes.v: conflicting parameters "external" and "driver" specified',
  ],
  [
    "a secret without a source",
    `${web("image: a")}secrets:\n  s: {labels: {a: b}}\n`,
    "compose.inconsistent",
    '5:6: secret "s" must declare one of `file`, `environment`',
  ],
  [
    "a config with two sources",
    `${web("image: a")}configs:\n  c: {file: a, content: b}\n`,
    "compose.inconsistent",
    '5:6: config "c": `file` and `content` are mutually exclusive',
  ],
  [
    "dns that is no address",
    web("image: a", "dns: nowhere"),
    "compose.inconsistent",
    '4:10: service "web": dns: "nowhere" is no IP address',
  ],
  [
    "a network's address of the other family",
    web("image: a", "networks: {default: {ipv4_address: '::1'}}"),
    "compose.inconsistent",
    '4:40: service "web": "::1" is no IPv4 address (network default)',
  ],
  [
    "count and ids of devices",
    web("image: a", "gpus: [{count: 1, device_ids: ['0']}]"),
    "compose.inconsistent",
    '4:20: service "web": "count" and "device_ids" attributes are exclusive',
  ],
  [
    "a reserved label",
    web("image: a", "labels: [com.docker.compose.project=y]"),
    "compose.inconsistent",
    '4:14: service "web": the label "com.docker.compose.project" is reserved: com.docker.compose.* is written by Compose',
  ],
  [
    "a platform that is not built",
    web("platform: linux/arm64", "build: {context: ., platforms: [linux/amd64]}"),
    "compose.inconsistent",
    '4:36: service "web": build.platforms must include the platform "linux/arm64"',
  ],
  [
    "one port of the host for two services",
    `${web("image: a", 'ports: ["8080:80"]')}  db:\n    image: a\n    ports:\n      - 8080:5432\n`,
    "compose.port_clash",
    '8:9: services "web" and "db" both publish the port 8080/tcp',
    "give one of them another port",
  ],
  [
    "a required variable that is missing",
    web("image: a:${TAG:?say which}"),
    "compose.bad_variable",
    "3:12: required variable TAG is missing a value: say which",
    "set TAG in the environment or in .env",
  ],
  ["a variable that is not closed", web("image: a:${TAG"), "compose.bad_variable", '3:12: this "${" is never closed'],
  [
    "a variable of no form",
    web("image: a:${TAG!x}"),
    "compose.bad_variable",
    '3:12: invalid interpolation format "${TAG!x}"',
    "you may need to escape any $ with another $",
  ],
  [
    "a key that stands twice",
    web("image: a", "command: x", "image: b"),
    "yaml.duplicate_key",
    '5:5: the key "image" stands twice in one mapping: here and in line 3',
  ],
  [
    "an attribute that there is not",
    web("imge: a"),
    "compose.unknown_attribute",
    '3:5: services.web has no attribute "imge"',
    'did you mean "image"?',
  ],
  [
    "an attribute that there is not, further in",
    web("image: a", "healthcheck: {tset: x}"),
    "compose.unknown_attribute",
    '4:19: services.web.healthcheck has no attribute "tset"',
    'did you mean "test"?',
  ],
  [
    "a top-level attribute that there is not",
    "service:\n  web: {image: a}\n",
    "compose.unknown_attribute",
    '1:1: a Compose file has no attribute "service"',
    'did you mean "services"?',
  ],
  [
    "a number for a text",
    web("image: a", "user: 1000"),
    "compose.bad_value",
    "4:11: services.web.user must be a string",
    'write "1000" in quotes',
  ],
  ["a value that is left empty", web("image:"), "compose.bad_value", "3:11: services.web.image must be a string"],
  ["a service that is left empty", "services:\n  web:\n", "compose.bad_value", "2:7: services.web must be a mapping"],
  [
    "a text for a list",
    web("image: a", "cap_add: x"),
    "compose.bad_value",
    "4:14: services.web.cap_add must be a list",
  ],
  [
    "a word that is none of the choices",
    web("image: a", "depends_on: {web: {condition: service_helthy}}"),
    "compose.bad_value",
    '4:35: services.web.depends_on.web.condition must be one of "service_started", "service_healthy", "service_completed_successfully"',
    'did you mean "service_healthy"?',
  ],
  [
    "a size that is none",
    web("image: a", "mem_limit: much"),
    "compose.bad_value",
    "4:16: services.web.mem_limit must be a size such as 64m or 1gb",
  ],
  [
    "a duration that is none",
    web("image: a", "stop_grace_period: soon"),
    "compose.bad_value",
    "4:24: services.web.stop_grace_period must be a duration such as 10s or 1m30s",
  ],
  [
    "a boolean that is none",
    web("image: a", "tty: maybe"),
    "compose.bad_value",
    "4:10: services.web.tty must be a boolean",
  ],
  [
    "a number out of its range",
    web("image: a", "oom_score_adj: 2000"),
    "compose.bad_value",
    "4:20: services.web.oom_score_adj must be between -1000 and 1000",
  ],
  [
    "a bad name of a service",
    "services:\n  'we b': {image: a}\n",
    "compose.bad_value",
    '2:3: "we b" is no name for a service',
  ],
  [
    "a dependency without a condition",
    web("image: a", "depends_on: {web: {restart: true}}"),
    "compose.missing_attribute",
    '4:23: services.web.depends_on.web needs "condition"',
  ],
  [
    "ranges of ports that differ",
    web("image: a", 'ports: ["8000-8002:80-81"]'),
    "compose.bad_port",
    '4:13: invalid port "8000-8002:80-81": the ranges of host and container ports differ in length',
  ],
  [
    "a port on a name",
    web("image: a", 'ports: ["localhost:80:80"]'),
    "compose.bad_port",
    '4:13: invalid port "localhost:80:80": "localhost" is no IP address',
  ],
  [
    "a port that is none",
    web("image: a", 'ports: ["80:http"]'),
    "compose.bad_port",
    '4:13: invalid port "80:http": "http" is no port of a container',
  ],
  [
    "a volume with too many parts",
    web("image: a", 'volumes: ["a:/b:ro:x"]'),
    "compose.bad_volume",
    '4:15: invalid volume "a:/b:ro:x"',
  ],
  [
    "a quote in a command",
    web("image: a", "command: echo 'x"),
    "compose.bad_value",
    "4:14: a quote in this command is never closed",
  ],
  [
    "an env file that is not there",
    web("image: a", "env_file: no.env"),
    "compose.no_env_file",
    "4:15: env file DIR/no.env not found",
  ],
  [
    "a service that depends on itself",
    web("image: a", "depends_on: [web]"),
    "compose.cycle",
    "4:18: dependency cycle detected: web -> web",
  ],
];

for (const [title, text, reason, what, fix] of PROBLEMS) {
  test(`refused, with its place: ${title}`, async () => {
    const problem = await problemOf(text);
    const said = problem.what.replace(/^compose\.yaml:/, "").replaceAll(/\/tmp\/estiba-compose-\w+/g, "DIR");
    expect([problem.reason, said]).toEqual([reason, what]);
    if (fix !== undefined) expect(problem.fix).toBe(fix);
    expect(problem.message).toMatch(/\n +\| +\^$/m);
  });
}

test("a circle of dependencies is told with all of its steps and their places", async () => {
  const text =
    "services:\n  a: {image: i, depends_on: [b]}\n  b: {image: i, links: [c]}\n  c: {image: i, network_mode: 'service:a'}\n";
  const { message } = await problemOf(text);
  expect(message.split("\n").slice(0, 4)).toEqual([
    "compose.yaml:4:31: dependency cycle detected: a -> b -> c -> a",
    "  a needs b (compose.yaml:2:30)",
    "  b needs c (compose.yaml:3:25)",
    "  c needs a (compose.yaml:4:31)",
  ]);
});

test("both places of what excludes each other are shown", async () => {
  const { message } = await problemOf(web("image: a", "network_mode: host", "networks: [default]"));
  expect(message.split("\n").filter((line) => line.includes("|"))).toEqual([
    "3 |     image: a",
    "4 |     network_mode: host",
    "  |                   ^",
    "4 |     network_mode: host",
    "5 |     networks: [default]",
    "  |               ^",
  ]);
});

test("several replicas may share a port, and services that are not selected clash with nothing", async () => {
  const clash = `${web("image: a", 'ports: ["80:80"]', "scale: 3")}  db: {image: a, ports: ["80:81"]}\n`;
  const { project } = await loadFiles(clash, { services: ["web"] });
  expect(Object.keys(project.services)).toEqual(["web"]);
});
