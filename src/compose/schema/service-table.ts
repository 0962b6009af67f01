import { list, type Node, scalar, valueOf } from "../../lib/yaml/node.ts";
import { dictAt } from "../short/make.ts";
import { expandDevice, healthTest, plainDependency } from "../short/others.ts";
import { expandPort, portKey } from "../short/port.ts";
import { expandVolume, mountKey } from "../short/volume.ts";
import { splitCommand } from "../short/words.ts";
import { BUILD, filesIn, HOSTS, ULIMITS } from "./build-table.ts";
import { DEPLOY, DEVICES } from "./deploy-table.ts";
import { OWN } from "./own-table.ts";
import {
  BYTES,
  DURATION,
  FLAG,
  fields,
  INTEGER,
  LABELS,
  listOf,
  MODE,
  NUMBER,
  named,
  OPTIONS,
  SET,
  SET_OR_ONE,
  type Shape,
  TEXT,
  textOf,
  VARIABLES,
} from "./shape.ts";

/** What names of services, networks, volumes and so on are made of. */
export const NAMES: RegExp = /^[a-zA-Z0-9._-]+$/;

const COMMAND: Shape = { type: "words", split: splitCommand };
const TEXT_OR_NUMBER: Shape = { type: "text", numbers: true };

const HOOK_FIELDS: Readonly<Record<string, Shape>> = {
  command: COMMAND,
  user: TEXT,
  privileged: FLAG,
  working_dir: TEXT,
  environment: VARIABLES,
};
const HOOKS: Shape = listOf(fields(HOOK_FIELDS, { required: ["command"] }));
const INIT_HOOKS: Shape = listOf(fields({ image: TEXT, ...HOOK_FIELDS, per_replica: FLAG }, { required: ["command"] }));

const HEALTHCHECK: Shape = fields({
  test: { type: "words", split: healthTest },
  timeout: DURATION,
  interval: DURATION,
  retries: { type: "integer", least: 0 },
  start_period: DURATION,
  start_interval: DURATION,
  disable: FLAG,
});

const RATES = (rate: Shape): Shape =>
  listOf(fields({ path: TEXT, rate }, { required: ["path", "rate"] }), {
    key: (item) => textOf(valueOf(item, "path") ?? item),
  });

const BLOCK_IO: Shape = fields({
  weight: INTEGER,
  weight_device: listOf(fields({ path: TEXT, weight: INTEGER }, { required: ["path", "weight"] }), {
    key: (item) => textOf(valueOf(item, "path") ?? item),
  }),
  device_read_bps: RATES(BYTES),
  device_read_iops: RATES(INTEGER),
  device_write_bps: RATES(BYTES),
  device_write_iops: RATES(INTEGER),
});

const NETWORKS: Shape = named(
  fields(
    {
      aliases: SET,
      driver_opts: OPTIONS,
      gw_priority: INTEGER,
      interface_name: TEXT,
      ipv4_address: TEXT,
      ipv6_address: TEXT,
      link_local_ips: SET,
      mac_address: TEXT,
      priority: INTEGER,
    },
    { nullable: true },
  ),
  { names: NAMES, what: "network", listed: ({ origin }) => scalar(null, origin) },
);

const VOLUMES: Shape = listOf(
  fields(
    {
      type: { type: "text", choices: ["bind", "volume", "tmpfs", "cluster", "npipe", "image"] },
      source: TEXT,
      target: TEXT,
      read_only: FLAG,
      consistency: TEXT,
      bind: fields({
        selinux: { type: "text", choices: ["z", "Z"] },
        propagation: TEXT,
        create_host_path: FLAG,
        recursive: { type: "text", choices: ["enabled", "disabled", "writable", "readonly"] },
      }),
      volume: fields({ labels: LABELS, nocopy: FLAG, subpath: TEXT }),
      tmpfs: fields({ size: BYTES, mode: MODE }),
      image: fields({ subpath: TEXT }),
    },
    { required: ["type", "target"] },
  ),
  { short: expandVolume, key: mountKey },
);

const PORTS: Shape = listOf(
  fields(
    {
      name: TEXT,
      mode: TEXT,
      host_ip: TEXT,
      target: { type: "integer", least: 1, most: 65_535 },
      published: TEXT_OR_NUMBER,
      protocol: TEXT,
      app_protocol: TEXT,
    },
    { required: ["target"] },
  ),
  { short: expandPort, key: portKey },
);

const WATCH: Shape = listOf(
  fields(
    {
      path: TEXT,
      action: { type: "text", choices: ["rebuild", "sync", "restart", "sync+restart", "sync+exec"] },
      target: TEXT,
      exec: fields(HOOK_FIELDS, { required: ["command"] }),
      include: SET_OR_ONE,
      ignore: SET_OR_ONE,
      initial_sync: FLAG,
    },
    { required: ["path", "action"] },
  ),
  { key: (item) => textOf(valueOf(item, "path") ?? item) },
);

const DEPENDS_ON: Shape = named(
  fields(
    {
      condition: { type: "text", choices: ["service_started", "service_healthy", "service_completed_successfully"] },
      restart: FLAG,
      required: FLAG,
    },
    { required: ["condition"] },
  ),
  { names: NAMES, what: "service", listed: plainDependency },
);

const ENV_FILES: Shape = listOf(
  fields({ path: TEXT, required: FLAG, format: { type: "text", choices: ["raw"] } }, { required: ["path"] }),
  {
    single: true,
    short: (path) => [dictAt(path.origin, { path: path.text })],
    key: (item) => textOf(valueOf(item, "path") ?? item),
  },
);

/** One value or several, as a list of texts: what a provider is told. */
const PROVIDER_OPTIONS: Shape = named(
  listOf(TEXT_OR_NUMBER, { from: (node: Node) => (node.kind === "scalar" ? list([node], node.origin) : node) }),
);

/** Every attribute of a service, in the order in which `config` prints them. */
export const SERVICE_FIELDS: Readonly<Record<string, Shape>> = {
  profiles: SET,
  annotations: LABELS,
  attach: FLAG,
  build: BUILD,
  develop: fields({ watch: WATCH }, { nullable: true }),
  blkio_config: BLOCK_IO,
  cap_add: SET,
  cap_drop: SET,
  cgroup_parent: TEXT,
  cgroup: { type: "text", choices: ["host", "private"] },
  cpu_count: { type: "integer", least: 0 },
  cpu_percent: NUMBER,
  cpu_period: INTEGER,
  cpu_quota: INTEGER,
  cpu_rt_period: INTEGER,
  cpu_rt_runtime: INTEGER,
  cpus: NUMBER,
  cpuset: TEXT,
  cpu_shares: INTEGER,
  command: COMMAND,
  configs: filesIn(""),
  container_name: { type: "text", pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/ },
  credential_spec: fields({ config: TEXT, file: TEXT, registry: TEXT }),
  depends_on: DEPENDS_ON,
  deploy: DEPLOY,
  device_cgroup_rules: SET,
  devices: listOf(fields({ source: TEXT, target: TEXT, permissions: TEXT }, { required: ["source"] }), {
    short: expandDevice,
    key: (item) => textOf(valueOf(item, "target") ?? item),
  }),
  dns: SET_OR_ONE,
  dns_opt: SET_OR_ONE,
  dns_search: SET_OR_ONE,
  domainname: TEXT,
  entrypoint: COMMAND,
  provider: fields({ type: TEXT, options: PROVIDER_OPTIONS }, { required: ["type"] }),
  environment: VARIABLES,
  env_file: ENV_FILES,
  expose: SET,
  extends: fields(
    { file: TEXT, service: TEXT },
    { required: ["service"], short: (name) => dictAt(name.origin, { service: name.text }) },
  ),
  external_links: SET,
  extra_hosts: HOSTS,
  group_add: SET,
  gpus: DEVICES,
  hostname: TEXT,
  healthcheck: HEALTHCHECK,
  image: TEXT,
  init: FLAG,
  ipc: TEXT,
  isolation: TEXT,
  labels: LABELS,
  label_file: SET_OR_ONE,
  links: SET,
  logging: fields({ driver: TEXT, options: OPTIONS }, { merge: "logging" }),
  mem_limit: BYTES,
  mem_reservation: BYTES,
  memswap_limit: BYTES,
  mem_swappiness: INTEGER,
  mac_address: TEXT,
  models: named(fields({ endpoint_var: TEXT, model_var: TEXT }, { nullable: true }), {
    names: NAMES,
    what: "model",
    listed: ({ origin }) => scalar(null, origin),
  }),
  network_mode: TEXT,
  networks: NETWORKS,
  oom_kill_disable: FLAG,
  oom_score_adj: { type: "integer", least: -1000, most: 1000 },
  pid: { type: "text", nullable: true },
  pids_limit: INTEGER,
  platform: TEXT,
  ports: PORTS,
  privileged: FLAG,
  pull_policy: {
    type: "text",
    pattern: /^(?:always|never|build|if_not_present|missing|refresh|daily|weekly|every_(?:[0-9]+[wdhms])+)$/,
  },
  pull_refresh_after: TEXT,
  read_only: FLAG,
  restart: { type: "text", pattern: /^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/ },
  runtime: TEXT,
  scale: { type: "integer", least: 0 },
  secrets: filesIn("/run/secrets"),
  security_opt: SET,
  shm_size: BYTES,
  stdin_open: FLAG,
  stop_grace_period: DURATION,
  stop_signal: TEXT,
  storage_opt: OPTIONS,
  sysctls: LABELS,
  tmpfs: { ...SET_OR_ONE, key: (item) => textOf(item).split("=")[0] ?? "" },
  tty: FLAG,
  ulimits: ULIMITS,
  use_api_socket: FLAG,
  user: TEXT,
  userns_mode: TEXT,
  uts: TEXT,
  volumes: VOLUMES,
  volumes_from: SET,
  working_dir: TEXT,
  pre_start: INIT_HOOKS,
  post_start: HOOKS,
  pre_stop: HOOKS,
  "x-estiba": OWN,
};
