import { expect, test } from "bun:test";
import { loadFiles } from "../../../test/fixtures/compose-files.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { Service } from "../service.ts";
import { containerSpecOf } from "./container-spec.ts";

const REST = `  other: {image: a}
networks: {n: }
volumes: {v: }
configs: {c: {content: x}}
secrets: {s: {environment: HOME}}
`;

async function specOf(attributes: string): Promise<ContainerSpec> {
  const loaded = await loadFiles(`services:\n  web:\n    image: a\n    ${attributes}\n${REST}`);
  const service = loaded.project.services["web"] as Service;
  const context = { loaded, naming: { project: "x", separator: "-" }, name: "web", service };
  const container = { name: "x-web-1", number: 1, oneOff: false, hash: "h", imageId: undefined };
  return containerSpecOf(context, { ...container, inherited: new Set() });
}

/** Every value of a spec with its path: `resources.memoryBytes=67108864`. */
function valuesOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [`${path}=${JSON.stringify(value)}`];
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length === 0) return [`${path}=${JSON.stringify(value)}`];
  return entries.flatMap(([key, inner]) => valuesOf(inner, path === "" ? key : `${path}.${key}`));
}

/** What an attribute adds to the container that a service without it would have. */
const ADDED: readonly (readonly [attribute: string, ...added: string[]])[] = [
  ["annotations: {a: b}", 'annotations.a="b"'],
  ["blkio_config: {weight: 300}", "resources.blockWeight=300"],
  [
    "blkio_config: {weight_device: [{path: /dev/vda, weight: 400}]}",
    'resources.blockWeightDevices.0.path="/dev/vda"',
    "resources.blockWeightDevices.0.weight=400",
  ],
  [
    "blkio_config: {device_read_bps: [{path: /dev/vda, rate: 1mb}]}",
    'resources.readBps.0.path="/dev/vda"',
    "resources.readBps.0.rate=1048576",
  ],
  [
    "blkio_config: {device_read_iops: [{path: /dev/vda, rate: 100}]}",
    'resources.readIops.0.path="/dev/vda"',
    "resources.readIops.0.rate=100",
  ],
  [
    "blkio_config: {device_write_bps: [{path: /dev/vda, rate: 1mb}]}",
    'resources.writeBps.0.path="/dev/vda"',
    "resources.writeBps.0.rate=1048576",
  ],
  [
    "blkio_config: {device_write_iops: [{path: /dev/vda, rate: 100}]}",
    'resources.writeIops.0.path="/dev/vda"',
    "resources.writeIops.0.rate=100",
  ],
  ["cap_add: [NET_ADMIN]", 'security.capAdd.0="CAP_NET_ADMIN"'],
  ["cap_drop: [CHOWN]", 'security.capDrop.0="CAP_CHOWN"'],
  ["cgroup_parent: /x", 'resources.cgroupParent="/x"'],
  ["cgroup: host", 'namespaces.cgroup="host"'],
  ["cpu_period: 50000", "resources.cpuPeriodUs=50000"],
  ["cpu_quota: 20000", "resources.cpuQuotaUs=20000"],
  ["cpu_rt_period: 1000", "resources.cpuRtPeriodUs=1000"],
  ["cpu_rt_runtime: 100", "resources.cpuRtRuntimeUs=100"],
  ['cpuset: "0"', 'resources.cpusetCpus="0"'],
  ["cpu_shares: 512", "resources.cpuShares=512"],
  ["cpus: 0.5", "resources.cpuQuotaUs=50000", "resources.cpuPeriodUs=100000"],
  ["command: [x]", 'command.0="x"'],
  [
    'configs: [{source: c, gid: "5", uid: "6", mode: 0400}]',
    'secrets.0.type="mount"',
    'secrets.0.secret="x_c"',
    'secrets.0.target="/c"',
    "secrets.0.uid=6",
    "secrets.0.gid=5",
    "secrets.0.mode=256",
  ],
  [
    'secrets: [{source: s, gid: "5", uid: "6", mode: 0400, target: t}]',
    'secrets.0.type="mount"',
    'secrets.0.secret="x_s"',
    'secrets.0.target="/run/secrets/t"',
    "secrets.0.uid=6",
    "secrets.0.gid=5",
    "secrets.0.mode=256",
  ],
  [
    "deploy: {restart_policy: {condition: on-failure, max_attempts: 3}}",
    'restart.name="on-failure"',
    "restart.maxRetries=3",
  ],
  [
    "deploy: {resources: {limits: {cpus: 0.5, memory: 64m, pids: 5}}}",
    "resources.memoryBytes=67108864",
    "resources.cpuQuotaUs=50000",
    "resources.cpuPeriodUs=100000",
    "resources.pidsLimit=5",
  ],
  ["deploy: {resources: {reservations: {memory: 64m}}}", "resources.memoryReservationBytes=67108864"],
  [
    "deploy: {resources: {reservations: {devices: [{driver: nvidia, count: 1, capabilities: [gpu]}]}}}",
    'devices.0="nvidia.com/gpu=0"',
  ],
  [
    "deploy: {resources: {reservations: {devices: [{driver: cdi, device_ids: [v/c=n], capabilities: [x]}]}}}",
    'devices.0="v/c=n"',
  ],
  ['device_cgroup_rules: ["c 1:3 mr"]', 'security.deviceRules.0="c 1:3 mr"'],
  ['devices: ["/dev/null:/dev/x"]', 'devices.0="/dev/null:/dev/x:rwm"'],
  ["dns: 1.1.1.1", 'dns.0="1.1.1.1"'],
  ["dns_opt: [ndots:1]", 'dnsOptions.0="ndots:1"'],
  ["dns_search: [x.y]", 'dnsSearch.0="x.y"'],
  ["domainname: d.e", 'identity.domainname="d.e"'],
  ["entrypoint: [x]", 'entrypoint.0="x"'],
  ["environment: {A: b}", 'env.0="A=b"'],
  ['expose: ["80"]', 'expose.0="80"'],
  ["extra_hosts: [a=1.2.3.4]", 'addHosts.0="a:1.2.3.4"'],
  ['group_add: ["5"]', 'groupAdd.0="5"'],
  ["gpus: all", 'devices.0="nvidia.com/gpu=all"'],
  ["gpus: [{capabilities: [gpu], count: 1}]", 'devices.0="nvidia.com/gpu=0"'],
  ["hostname: h", 'hostname="h"'],
  [
    "healthcheck: {test: x, timeout: 3s, interval: 4s, retries: 5, start_period: 6s, start_interval: 7s}",
    'healthcheck.test.0="CMD-SHELL"',
    'healthcheck.test.1="x"',
    "healthcheck.intervalMs=4000",
    "healthcheck.timeoutMs=3000",
    "healthcheck.retries=5",
    "healthcheck.startPeriodMs=6000",
    "healthcheck.startIntervalMs=7000",
  ],
  ["healthcheck: {disable: true}", 'healthcheck.test.0="NONE"'],
  ["init: true", "process.init=true"],
  ["ipc: host", 'namespaces.ipc="host"'],
  [
    "ipc: service:other",
    'namespaces.ipc="container:x-other-1"',
    'labels.com.docker.compose.depends_on="other:service_started:true"',
  ],
  ["labels: {a: b}", 'labels.a="b"'],
  ["links: [other:o]", 'labels.com.docker.compose.depends_on="other:service_started:true"'],
  [
    "logging: {driver: json-file, options: {max-size: 10m}}",
    'log.driver="json-file"',
    "log.sizeMax=10000000",
    'log.sizeText="10m"',
  ],
  ["mem_limit: 64m", "resources.memoryBytes=67108864"],
  ["mem_reservation: 32m", "resources.memoryReservationBytes=33554432"],
  ["memswap_limit: 128m", "resources.memorySwapBytes=134217728"],
  ["mem_swappiness: 10", "resources.memorySwappiness=10"],
  ["mac_address: 02:42:ac:11:65:43", 'networks.0.mac="02:42:ac:11:65:43"'],
  ["network_mode: host", 'network="host"'],
  [
    "network_mode: service:other",
    'network="container:x-other-1"',
    'labels.com.docker.compose.depends_on="other:service_started:true"',
  ],
  ["networks: {n: {aliases: [x]}}", 'networks.0.network="x_n"', 'networks.0.aliases.1="x"'],
  ["networks: {n: {interface_name: foo}}", 'networks.0.network="x_n"', 'networks.0.interfaceName="foo"'],
  [
    "networks: {n: {driver_opts: {com.docker.network.endpoint.ifname: foo, com.docker.network.endpoint.sysctls: net.ipv4.conf.IFNAME.forwarding=1}}}",
    'networks.0.network="x_n"',
    'networks.0.interfaceName="foo"',
    'networks.0.sysctls.0="net.ipv4.conf.IFNAME.forwarding=1"',
  ],
  ["networks: {n: {ipv4_address: 10.0.0.5}}", 'networks.0.network="x_n"', 'networks.0.ipv4="10.0.0.5"'],
  ['networks: {n: {ipv6_address: "fd00::5"}}', 'networks.0.network="x_n"', 'networks.0.ipv6="fd00::5"'],
  [
    'networks: {n: {mac_address: "02:42:ac:11:65:44"}}',
    'networks.0.network="x_n"',
    'networks.0.mac="02:42:ac:11:65:44"',
  ],
  [
    "networks: {n: {priority: 5}, default: }",
    'networks.0.network="x_n"',
    'networks.1.network="x_default"',
    'networks.1.aliases.0="web"',
  ],
  ["oom_kill_disable: true", "resources.oomKillDisable=true"],
  ["oom_score_adj: 100", "resources.oomScoreAdjust=100"],
  ["pid: host", 'namespaces.pid="host"'],
  ["pids_limit: 10", "resources.pidsLimit=10"],
  [
    'ports: ["8080:80"]',
    'ports.0.hostIp=""',
    "ports.0.containerPort=80",
    'ports.0.protocol="tcp"',
    "ports.0.range=1",
    "ports.0.hostPort=8080",
  ],
  [
    'ports: ["127.0.0.1:8080-8089:80/udp"]',
    'ports.0.hostIp="127.0.0.1"',
    "ports.0.containerPort=80",
    'ports.0.protocol="udp"',
    "ports.0.range=1",
    "ports.0.hostPort=0",
    "ports.0.among.first=8080",
    "ports.0.among.last=8089",
  ],
  ["privileged: true", "security.privileged=true"],
  ["read_only: true", "security.readOnlyRoot=true"],
  ["restart: always", 'restart.name="always"'],
  ["runtime: runc", 'runtime="runc"'],
  ["security_opt: [no-new-privileges:true]", "security.noNewPrivileges=true"],
  ["shm_size: 1m", "resources.shmBytes=1048576"],
  ["stdin_open: true", "interactive=true"],
  ["stop_grace_period: 5s", "stopTimeout=5"],
  ["stop_signal: SIGINT", 'stopSignal="SIGINT"'],
  ["sysctls: {net.core.somaxconn: 5}", 'sysctls.net.core.somaxconn="5"'],
  [
    "tmpfs: [/t:size=1m]",
    'mounts.0.type="tmpfs"',
    'mounts.0.target="/t"',
    "mounts.0.readOnly=false",
    'mounts.0.options.0="size=1m"',
  ],
  ["tty: true", "tty=true"],
  ["ulimits: {nofile: 100}", "ulimits.nofile.soft=100", "ulimits.nofile.hard=100"],
  ["user: u", 'user="u"'],
  ["userns_mode: host", 'namespaces.user.mode="host"'],
  ["userns_mode: auto", 'namespaces.user.mode="auto"', "namespaces.user.uids=[]", "namespaces.user.gids=[]"],
  ["uts: host", 'namespaces.uts="host"'],
  [
    "volumes: [{type: volume, source: v, target: /d, volume: {nocopy: true, subpath: s, labels: {a: b}}}]",
    'mounts.0.type="volume"',
    'mounts.0.source="x_v"',
    'mounts.0.target="/d"',
    "mounts.0.readOnly=false",
    "mounts.0.copy=false",
    'mounts.0.subpath="s"',
    'mounts.0.labels.a="b"',
  ],
  [
    "volumes: [{type: bind, source: /s, target: /d, bind: {create_host_path: false, propagation: rslave, recursive: disabled}}]",
    'mounts.0.type="bind"',
    'mounts.0.source="/s"',
    'mounts.0.target="/d"',
    "mounts.0.readOnly=false",
    'mounts.0.propagation="rslave"',
    "mounts.0.recursive=false",
  ],
  [
    "volumes: [{type: bind, source: /s, target: /d, consistency: cached}]",
    'mounts.0.type="bind"',
    'mounts.0.source="/s"',
    'mounts.0.target="/d"',
    "mounts.0.readOnly=false",
    'mounts.0.propagation="rprivate"',
    "mounts.0.recursive=true",
    "mounts.0.createSource=true",
  ],
  [
    "volumes: [{type: bind, source: /s, target: /d, bind: {selinux: z}}]",
    'mounts.0.type="bind"',
    'mounts.0.source="/s"',
    'mounts.0.target="/d"',
    "mounts.0.readOnly=false",
    'mounts.0.propagation="rprivate"',
    "mounts.0.recursive=true",
    "mounts.0.createSource=true",
  ],
  [
    "volumes: [{type: tmpfs, target: /d, tmpfs: {size: 1m, mode: 0700}}]",
    'mounts.0.type="tmpfs"',
    'mounts.0.target="/d"',
    "mounts.0.readOnly=false",
    'mounts.0.options.0="size=1048576"',
    'mounts.0.options.1="mode=700"',
  ],
  [
    "volumes: [{type: image, source: a, target: /d, image: {subpath: s}}]",
    'mounts.0.type="image"',
    'mounts.0.source="a"',
    'mounts.0.target="/d"',
    "mounts.0.readOnly=true",
    'mounts.0.subpath="s"',
  ],
  [
    "volumes_from: [other:ro]",
    'volumesFrom.0.container="x-other-1"',
    "volumesFrom.0.readOnly=true",
    'labels.com.docker.compose.depends_on="other:service_started:false"',
  ],
  ["working_dir: /w", 'workdir="/w"'],
];

test.each(ADDED)("%s", async (attribute, ...added) => {
  const plain = new Set(valuesOf(await specOf("tty: false")));
  const values = valuesOf(await specOf(attribute));
  const own = values.filter((value) => !plain.has(value) && !value.startsWith("labels.com.docker.compose.project."));
  expect(own).toEqual(added);
});

test("networks come in the order of their priority, that of the gateway first", async () => {
  const order = async (attribute: string): Promise<string[]> =>
    ((await specOf(attribute)).networks ?? []).map(({ network }) => network);
  expect(await order("networks: {default: , n: {priority: 5}}")).toEqual(["x_n", "x_default"]);
  expect(await order("networks: {default: {gw_priority: 1}, n: {priority: 5}}")).toEqual(["x_default", "x_n"]);
});

/** What cannot work here, and what is said of it. */
const REFUSED: readonly (readonly [attribute: string, said: string])[] = [
  ["credential_spec: {file: x}", "compose.yaml:4:22: services.web.credential_spec: works on Windows only"],
  ["cpu_count: 1", "compose.yaml:4:16: services.web.cpu_count: works on Windows only"],
  ["cpu_percent: 50", "compose.yaml:4:18: services.web.cpu_percent: works on Windows only"],
  ["isolation: hyperv", "compose.yaml:4:16: services.web.isolation: works on Windows only"],
  [
    "storage_opt: {size: 1g}",
    "compose.yaml:4:18: services.web.storage_opt: the size of a container's root cannot be limited: overlay has no quota here",
  ],
  [
    "networks: {n: {link_local_ips: [169.254.1.1]}}",
    "compose.yaml:4:36: services.web.networks.n.link_local_ips: endpoints of bridge networks have none here",
  ],
  [
    "networks: {n: {driver_opts: {a: b}}}",
    'compose.yaml:4:33: services.web.networks.n.driver_opts: "a=b" is no option of an endpoint: com.docker.network.endpoint.ifname=NAME or com.docker.network.endpoint.sysctls=NAME=VALUE,...',
  ],
];

test.each(REFUSED)("refused: %s", async (attribute, said) => {
  const reason = await specOf(attribute).then(
    () => "nothing",
    (error: unknown) => (error instanceof Error ? error.message.split("\n")[0] : ""),
  );
  expect(reason).toBe(said);
});
