import { expect, test } from "bun:test";
import { loadFiles } from "../../../test/fixtures/compose-files.ts";
import type { Service } from "../service.ts";

/** One service of these attributes, in canonical form. */
async function service(text: string, more = ""): Promise<Service> {
  const { project } = await loadFiles(`services:\n  web:\n    image: a\n${text.replaceAll(/^/gm, "    ")}\n${more}`);
  return project.services["web"] as Service;
}

/** Short forms of ports, and what they stand for: `ip published target/protocol`. */
const PORTS: Readonly<Record<string, readonly string[]>> = {
  '"80"': ["- - 80/tcp"],
  "80": ["- - 80/tcp"],
  '"8080:80"': ["- 8080 80/tcp"],
  '"8080:80/udp"': ["- 8080 80/udp"],
  '"127.0.0.1:8080:80"': ["127.0.0.1 8080 80/tcp"],
  '"127.0.0.1::80"': ["127.0.0.1 - 80/tcp"],
  '"[::1]:6000:6001"': ["::1 6000 6001/tcp"],
  '"::1:6000:6001"': ["::1 6000 6001/tcp"],
  '"3000-3002"': ["- - 3000/tcp", "- - 3001/tcp", "- - 3002/tcp"],
  '"9090-9091:8080-8081"': ["- 9090 8080/tcp", "- 9091 8081/tcp"],
  '"8000-9000:80"': ["- 8000-9000 80/tcp"],
};

test.each(Object.entries(PORTS))("the port %s", async (short, long) => {
  const { ports = [] } = await service(`ports: [${short}]`);
  expect(
    ports.map((port) => `${port.host_ip ?? "-"} ${port.published ?? "-"} ${port.target}/${port.protocol}`),
  ).toEqual([...long]);
});

/** Short forms of volumes, and what they stand for. */
const VOLUMES: Readonly<Record<string, object>> = {
  "/anonymous": { type: "volume", target: "/anonymous", volume: {} },
  "data:/d": { type: "volume", source: "data", target: "/d", volume: {} },
  "data:/d:ro,nocopy": { type: "volume", source: "data", target: "/d", read_only: true, volume: { nocopy: true } },
  "/a:/b": { type: "bind", source: "/a", target: "/b", bind: {} },
  "/a:/b/../c/:rw,Z,rslave,whatever": {
    type: "bind",
    source: "/a",
    target: "/c/",
    bind: { selinux: "Z", propagation: "rslave" },
  },
  "./a:/b:ro": { type: "bind", source: "DIR/a", target: "/b", read_only: true, bind: {} },
  "../a:/b": { type: "bind", source: "/tmp/a", target: "/b", bind: {} },
  "a:/b": { type: "volume", source: "a", target: "/b", volume: {} },
};

test.each(Object.entries(VOLUMES))("the volume %s", async (short, long) => {
  const { volumes = [] } = await service(`volumes: ["${short}"]`, "volumes: {data: {}, a: {}}\n");
  const text = JSON.stringify(volumes).replaceAll(/\/tmp\/estiba-compose-\w+/g, "DIR");
  expect(JSON.parse(text)).toEqual([long]);
});

test("a source below the home folder", async () => {
  const { volumes = [] } = await service('volumes: ["~/x:/b"]');
  expect(volumes[0]?.source).toBe(`${process.env["HOME"]}/x`);
});

/** Attributes as they may be written, and their canonical form. */
const FORMS: readonly (readonly [text: string, attribute: keyof Service, value: unknown])[] = [
  ["command: echo 'a b' \"c d\" e\\ f && x", "command", ["echo", "a b", "c d", "e f", "&&", "x"]],
  ["command: [a, 'b c']", "command", ["a", "b c"]],
  ["command:", "command", null],
  ["command: []", "command", []],
  ["command: ''", "command", []],
  ["entrypoint: sh -c", "entrypoint", ["sh", "-c"]],
  ["environment: [A=1, B=x=y, C=]", "environment", { A: "1", B: "x=y", C: "" }],
  ["environment: {A: 1, B: true, C: 1.50, D: }", "environment", { A: "1", B: "true", C: "1.5", D: null }],
  ["labels: [a, b=c]", "labels", { a: "", b: "c" }],
  ["labels: {a: , b: 3, c: yes}", "labels", { a: "", b: "3", c: "yes" }],
  [
    "depends_on: {web2: {condition: service_healthy, restart: true}}",
    "depends_on",
    { web2: { condition: "service_healthy", restart: true, required: true } },
  ],
  ["depends_on: [web2]", "depends_on", { web2: { condition: "service_started", required: true } }],
  ["networks: [default]", "networks", { default: null }],
  ["networks: {default: {aliases: [a, b, a]}}", "networks", { default: { aliases: ["a", "b"] } }],
  ["healthcheck: {test: curl x}", "healthcheck", { test: ["CMD-SHELL", "curl x"] }],
  [
    "healthcheck: {test: [CMD, x], interval: 1m30s, retries: '3', disable: true}",
    "healthcheck",
    { test: ["CMD", "x"], interval: 90_000, retries: 3, disable: true },
  ],
  [
    "devices: [/dev/a, '/dev/a:/dev/b', '/dev/a:/dev/c:r']",
    "devices",
    [
      { source: "/dev/a", target: "/dev/a", permissions: "rwm" },
      { source: "/dev/a", target: "/dev/b", permissions: "rwm" },
      { source: "/dev/a", target: "/dev/c", permissions: "r" },
    ],
  ],
  [
    "extra_hosts: [b:1.2.3.4, 'a=[::1]', 'c:::1', 'h=host-gateway']",
    "extra_hosts",
    ["a=::1", "b=1.2.3.4", "c=::1", "h=host-gateway"],
  ],
  ["extra_hosts: {a: 1.2.3.4, b: ['1.1.1.1', '2.2.2.2']}", "extra_hosts", ["a=1.2.3.4", "b=1.1.1.1", "b=2.2.2.2"]],
  ["dns: 1.1.1.1", "dns", ["1.1.1.1"]],
  ["tmpfs: /t:size=1m", "tmpfs", ["/t:size=1m"]],
  ["ulimits: {nofile: 10, nproc: {soft: 1, hard: '2'}}", "ulimits", { nofile: 10, nproc: { soft: 1, hard: 2 } }],
  ["mem_limit: 1.5g", "mem_limit", 1_610_612_736],
  ["mem_limit: 64mb", "mem_limit", 67_108_864],
  ["memswap_limit: -1", "memswap_limit", -1],
  ["shm_size: '64'", "shm_size", 64],
  ["stop_grace_period: 1d2h", "stop_grace_period", 93_600_000],
  ["cpus: '0.5'", "cpus", 0.5],
  ["pids_limit: -1", "pids_limit", -1],
  ["init: 'true'", "init", true],
  ["expose: [80, '90-91/udp', 80]", "expose", ["80", "90-91/udp"]],
  ["group_add: [video, 44]", "group_add", ["video", "44"]],
  ["sysctls: [a=1]", "sysctls", { a: "1" }],
  ["gpus: all", "gpus", [{ capabilities: ["gpu"], count: -1 }]],
  ["gpus: [{driver: x, device_ids: ['0']}]", "gpus", [{ capabilities: ["gpu"], driver: "x", device_ids: ["0"] }]],
  ["build: .", "build", { context: "DIR", dockerfile: "Dockerfile" }],
  [
    "build: {args: [A, B=1], ssh: {default: , k: /p}, shm_size: 1m}",
    "build",
    { context: "DIR", dockerfile: "Dockerfile", args: { B: "1" }, ssh: ["default", "k=/p"], shm_size: 1_048_576 },
  ],
  [
    "build: {context: 'https://example.com/x.git#main', additional_contexts: {b: ./b, s: 'service:web2'}}",
    "build",
    {
      context: "https://example.com/x.git#main",
      dockerfile: "Dockerfile",
      additional_contexts: { b: "DIR/b", s: "service:web2" },
    },
  ],
  ["pull_policy: if_not_present", "pull_policy", "missing"],
  [
    "deploy: {resources: {limits: {cpus: '0.5', memory: 1g, pids: 9}}, restart_policy: {delay: 5s}}",
    "deploy",
    { resources: { limits: { cpus: 0.5, memory: 1_073_741_824, pids: 9 } }, restart_policy: { delay: 5000 } },
  ],
  [
    "post_start: [{command: echo x, environment: [A=1]}]",
    "post_start",
    [{ command: ["echo", "x"], environment: { A: "1" } }],
  ],
  [
    "develop: {watch: [{path: ., action: sync, target: /x, ignore: a}]}",
    "develop",
    { watch: [{ path: "DIR", action: "sync", target: "/x", ignore: ["a"] }] },
  ],
  [
    "blkio_config: {device_read_bps: [{path: /dev/a, rate: 1mb}]}",
    "blkio_config",
    { device_read_bps: [{ path: "/dev/a", rate: 1_048_576 }] },
  ],
  [
    "security_opt: ['seccomp=./s.json', 'seccomp:unconfined']",
    "security_opt",
    ["seccomp=DIR/s.json", "seccomp:unconfined"],
  ],
  ["provider: {type: p, options: {a: 1, b: [x, 2]}}", "provider", { type: "p", options: { a: ["1"], b: ["x", "2"] } }],
  ["x-mine: {a: [1]}", "x-mine", { a: [1] }],
  ["volumes_from: [web2:ro]", "volumes_from", ["web2:ro"]],
];

test.each(FORMS)("%s", async (text, attribute, value) => {
  const result = (await service(text, "  web2: {image: a, healthcheck: {test: x}}\n"))[attribute];
  expect(JSON.parse(JSON.stringify(result).replaceAll(/\/tmp\/estiba-compose-\w+/g, "DIR"))).toEqual(value);
});

test("modes are octal, quoted or not; secrets get a place, configs keep theirs", async () => {
  const text = "secrets: [s, {source: s, target: t, mode: 0440}]\nconfigs: [{source: c, mode: '0440', uid: '7'}]";
  const web = await service(text, "secrets: {s: {file: ./s}}\nconfigs: {c: {content: x}}\n");
  expect(web.secrets).toEqual([
    { source: "s", target: "/run/secrets/s" },
    { source: "s", target: "t", mode: 0o440 },
  ]);
  expect(web.configs).toEqual([{ source: "c", uid: "7", mode: 0o440 }]);
});

test("links, namespaces and volumes of others are dependencies", async () => {
  const more = "  a: {image: a}\n  b: {image: a}\n  c: {image: a}\n";
  const web = await service("links: ['a:alias']\nipc: service:b\nvolumes_from: [c, 'container:x']", more);
  expect(web.depends_on).toEqual({
    a: { condition: "service_started", restart: true, required: true },
    b: { condition: "service_started", restart: true, required: true },
    c: { condition: "service_started", required: true },
  });
});

test("words that only YAML 1.1 takes for booleans are read with a warning", async () => {
  const { project, warnings } = await loadFiles("services: {web: {image: a, tty: yes}}\n");
  expect(project.services["web"]?.tty).toBe(true);
  expect(warnings).toEqual(['services.web.tty: "yes" for a boolean is not supported by YAML 1.2, please use `true`']);
});

test("networks, volumes, secrets and configs get their real names", async () => {
  const { project } = await loadFiles(
    `services: {web: {image: a, networks: [n, e], volumes: [v:/v, w:/w], secrets: [s], configs: [c]}}
networks: {n: , e: {external: true}}
volumes: {v: {driver_opts: {n: 1}}, w: {external: {name: other}}}
secrets: {s: {file: ./s}}
configs: {c: {file: ./c, name: own}}
`,
  );
  const names = [project.networks, project.volumes, project.secrets, project.configs].map((all) =>
    Object.values(all).map(({ name }) => name),
  );
  expect(names).toEqual([["e", "x_n"], ["x_v", "other"], ["x_s"], ["own"]]);
  expect(project.volumes["v"]?.driver_opts).toEqual({ n: "1" });
});
