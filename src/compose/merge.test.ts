import { expect, test } from "bun:test";
import { loadFiles, problemOf } from "../../test/fixtures/compose-files.ts";
import type { Service } from "./service.ts";

const file = (lines: string): string => `services:\n  web:\n${lines.replaceAll(/^/gm, "    ")}\n`;

/** The service that two files make, the second over the first. */
async function merged(base: string, over: string, more = ""): Promise<Service> {
  const files = { "compose.yaml": file(`image: a\n${base}`) + more, "over.yaml": file(over) };
  const { project } = await loadFiles(files, { files: ["compose.yaml", "over.yaml"] });
  return project.services["web"] as Service;
}

const MERGES: readonly (readonly [
  title: string,
  base: string,
  over: string,
  attribute: keyof Service,
  result: unknown,
])[] = [
  ["a scalar is replaced", "user: a", "user: b", "user", "b"],
  ["a null keeps the base", "user: a", "user:", "user", "a"],
  ["a list is appended, each value once", "cap_add: [A, B]", "cap_add: [B, C]", "cap_add", ["A", "B", "C"]],
  ["command is replaced", "command: [a, b]", "command: c", "command", ["c"]],
  ["entrypoint is replaced by null", "entrypoint: [a]", "entrypoint:", "entrypoint", null],
  [
    "a health check is merged, its test replaced",
    "healthcheck: {test: [CMD, a], interval: 1s}",
    "healthcheck: {test: b}",
    "healthcheck",
    { test: ["CMD-SHELL", "b"], interval: 1000 },
  ],
  [
    "variables by name, also a null",
    "environment: {A: 1, B: 2}",
    "environment: [B, C=3]",
    "environment",
    { A: "1", B: null, C: "3" },
  ],
  ["labels by name", "labels: [a=1, b=2]", "labels: {b: 3}", "labels", { a: "1", b: "3" }],
  [
    "volumes by their target",
    "volumes: [/a:/x, /b:/y]",
    "volumes: [/c:/x:ro]",
    "volumes",
    [
      { type: "bind", source: "/c", target: "/x", read_only: true, bind: {} },
      { type: "bind", source: "/b", target: "/y", bind: {} },
    ],
  ],
  [
    "ports by address, ports and protocol",
    'ports: ["80:80", "81:81"]',
    'ports: ["80:80/tcp", "0.0.0.0:81:81", "80:80/udp"]',
    "ports",
    [
      { mode: "ingress", target: 80, published: "80", protocol: "tcp" },
      { mode: "ingress", host_ip: "0.0.0.0", target: 81, published: "81", protocol: "tcp" },
      { mode: "ingress", target: 80, published: "80", protocol: "udp" },
    ],
  ],
  [
    "build: a string becomes a mapping",
    "build: /x",
    "build: {target: t}",
    "build",
    { context: "/x", dockerfile: "Dockerfile", target: "t" },
  ],
  [
    "logging of one driver is merged",
    "logging: {driver: d, options: {a: 1}}",
    "logging: {options: {b: 2}}",
    "logging",
    { driver: "d", options: { a: "1", b: "2" } },
  ],
  [
    "logging of another driver replaces",
    "logging: {driver: d, options: {a: 1}}",
    "logging: {driver: e}",
    "logging",
    { driver: "e" },
  ],
  [
    "a limit is replaced whole",
    "ulimits: {nofile: {soft: 1, hard: 2}}",
    "ulimits: {nofile: 5}",
    "ulimits",
    { nofile: 5 },
  ],
  ["dns: a string becomes a list", "dns: 1.1.1.1", "dns: [2.2.2.2, 1.1.1.1]", "dns", ["1.1.1.1", "2.2.2.2"]],
  [
    "hosts: only the same pair is one",
    "extra_hosts: [a=1.1.1.1]",
    "extra_hosts: {a: 2.2.2.2}",
    "extra_hosts",
    ["a=1.1.1.1", "a=2.2.2.2"],
  ],
  [
    "networks: a list becomes a mapping",
    "networks: [default]",
    "networks: {default: {aliases: [x]}}",
    "networks",
    { default: { aliases: ["x"] } },
  ],
  [
    "deploy deeply",
    "deploy: {replicas: 2, resources: {limits: {pids: 1}}}",
    "deploy: {resources: {limits: {cpus: 1}}}",
    "deploy",
    { replicas: 2, resources: { limits: { cpus: 1, pids: 1 } } },
  ],
  ["tmpfs by its text up to =", "tmpfs: ['/a:size=1m']", "tmpfs: ['/a:size=2m']", "tmpfs", ["/a:size=2m"]],
  ["!reset takes away", "user: a\ncap_add: [A]", "cap_add: !reset []", "cap_add", undefined],
  [
    "!override replaces",
    "cap_add: [A]\nports: ['80:80']",
    "ports: !override ['81:81']",
    "ports",
    [{ mode: "ingress", target: 81, published: "81", protocol: "tcp" }],
  ],
  ["!reset of one variable", "environment: {A: 1, B: 2}", "environment: {A: !reset null}", "environment", { B: "2" }],
  ["x- is replaced", "x-a: {b: 1}", "x-a: {c: 2}", "x-a", { c: 2 }],
];

for (const [title, base, over, attribute, result] of MERGES) {
  test(`merge: ${title}`, async () => {
    expect((await merged(base, over))[attribute]).toEqual(result);
  });
}

test("an override may leave to the base what it needs, such as the condition of a dependency", async () => {
  const more = "  db: {image: a, healthcheck: {test: x}}\n";
  const { depends_on } = await merged(
    "depends_on: {db: {condition: service_healthy}}",
    "depends_on: {db: {restart: true}}",
    more,
  );
  expect(depends_on).toEqual({ db: { condition: "service_healthy", restart: true, required: true } });
});

test("resources: pools of addresses merge by their subnet, whole services and networks can be reset", async () => {
  const files = {
    "compose.yaml":
      "services: {web: {image: a, networks: [n]}, old: {image: a}}\nnetworks: {n: {ipam: {config: [{subnet: 10.0.0.0/24, gateway: 10.0.0.1}]}}}\n",
    "compose.override.yaml":
      "services: {old: !reset null}\nnetworks: {n: {ipam: {config: [{subnet: 10.0.0.0/24, ip_range: 10.0.0.0/28}, {subnet: 10.1.0.0/24}]}}}\n",
  };
  const { project } = await loadFiles(files);
  expect(Object.keys(project.services)).toEqual(["web"]);
  expect(project.networks["n"]?.ipam?.config).toEqual([
    { subnet: "10.0.0.0/24", gateway: "10.0.0.1", ip_range: "10.0.0.0/28" },
    { subnet: "10.1.0.0/24" },
  ]);
});

test("!reset works below merge keys and in the base of extends", async () => {
  const text = `x-base: &base {image: a, cap_add: [A], user: u}
services:
  one: {<<: *base, cap_add: !reset null}
  two: {extends: one, user: !reset null, tty: true}
`;
  const { project } = await loadFiles(text);
  const { one, two } = project.services;
  expect([one?.cap_add, one?.user, two?.cap_add, two?.user, two?.image, two?.tty]).toEqual([
    undefined,
    "u",
    undefined,
    undefined,
    "a",
    true,
  ]);
});

test("documents of one file are merged in order", async () => {
  const { project } = await loadFiles(
    "services: {web: {image: a, cap_add: [A]}}\n---\nservices: {web: {image: b, cap_add: [B]}}\n",
  );
  expect([project.services["web"]?.image, project.services["web"]?.cap_add]).toEqual(["b", ["A", "B"]]);
});

test("values of different kinds cannot be merged, and both places are told", async () => {
  const files = {
    "compose.yaml": file("image: a\nnetworks: {default: {aliases: [x]}}"),
    "over.yaml": file("networks: {default: x}"),
  };
  const { reason, what } = await problemOf(files, { files: ["compose.yaml", "over.yaml"] });
  expect([reason, what]).toEqual([
    "compose.bad_value",
    "over.yaml:3:25: services.web.networks.default must be a mapping",
  ]);
});
