import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ContainersConf } from "../config/containers-conf.ts";
import type { Options } from "./command.ts";
import { wantsInfra } from "./pod/wants-infra.ts";

type Given = Readonly<Record<string, unknown>>;
/** The words that a key of containers.conf stands for; `given` is what the user wrote. */
type ToWords = (value: unknown, given: Given) => string[];

const text =
  (option: string): ToWords =>
  (value) => [`--${option}=${String(value)}`];

/** A text that is nothing when it is empty, as in the files that are shipped. */
const unlessEmpty =
  (option: string): ToWords =>
  (value) =>
    value === "" ? [] : [`--${option}=${String(value)}`];

const list =
  (option: string): ToWords =>
  (value) =>
    stringsOf(value).map((item) => `--${option}=${item}`);

/** A list whose place is taken by what the user wrote. */
const otherwise =
  (option: string): ToWords =>
  (value, given) =>
    isGiven(given, option) ? [] : list(option)(value, given);

const securityOption =
  (name: string): ToWords =>
  (value, given) => {
    const taken =
      given["privileged"] === true || stringsOf(given["security-opt"]).some((word) => word.startsWith(name));
    return value === "" || taken ? [] : [`--security-opt=${name}=${String(value)}`];
  };

/** Not where /etc/resolv.conf is that of another container, or stays as the image has it, nor where there is nobody to ask. */
function ofResolvConf(words: ToWords): ToWords {
  return (value, given) =>
    stringsOf(given["network"]).some((mode) => /^(none$|container:|pod)/.test(mode)) ||
    stringsOf(given["dns"]).includes("none")
      ? []
      : words(value, given);
}

/** What a member of a pod has from there, whatever is usual for containers. */
function alone(words: ToWords): ToWords {
  return (value, given) =>
    given["pod"] === undefined && given["pod-id-file"] === undefined ? words(value, given) : [];
}

/** Mounts at places where the user mounts nothing. */
function elsewhere(option: "mount" | "volume"): ToWords {
  return (value, given) => {
    const taken = new Set([
      ...stringsOf(given["volume"]).map(volumeTarget),
      ...stringsOf(given["tmpfs"]).map((item) => item.split(":")[0]),
      ...stringsOf(given["mount"]).map(mountTarget),
    ]);
    const targetOf = option === "volume" ? volumeTarget : mountTarget;
    return stringsOf(value)
      .filter((item) => !taken.has(targetOf(item)))
      .map((item) => `--${option}=${item}`);
  };
}

function volumeTarget(item: string): string | undefined {
  const [source, target] = item.split(":");
  return target ?? source;
}

function mountTarget(item: string): string | undefined {
  return /(?:^|,)(?:target|destination|dst)=([^,]*)/.exec(item)?.[1];
}

/** The first blank of `KEY = VALUE` and those around it do not count. */
const trimmedPairs = (value: unknown): string[] => stringsOf(value).map((pair) => pair.replace(/\s*=\s*/, "="));

const CONTAINERS: Readonly<Record<string, ToWords>> = {
  annotations: (value, given) => list("annotation")(trimmedPairs(value), given),
  apparmor_profile: securityOption("apparmor"),
  base_hosts_file: unlessEmpty("hosts-file"),
  cgroup_conf: list("cgroup-conf"),
  cgroupns: alone(unlessEmpty("cgroupns")),
  cgroups: unlessEmpty("cgroups"),
  container_name_as_hostname: alone((value, { name, hostname, uts }) => {
    const usable = typeof name === "string" ? name.replaceAll(/[^A-Za-z0-9.-]/g, "") : "";
    const wanted = value === true && usable !== "" && hostname === undefined && uts === undefined;
    return wanted ? [`--hostname=${usable}`] : [];
  }),
  default_capabilities: list("default-cap"),
  default_sysctls: alone((value, given) =>
    trimmedPairs(value)
      .filter((pair) => isOwnSysctl(pair, given))
      .map((pair) => `--sysctl=${pair}`),
  ),
  default_ulimits: (value, given) => (stringsOf(given["ulimit"]).includes("host") ? [] : list("ulimit")(value, given)),
  devices: (value, given) => (given["privileged"] === true ? [] : list("device")(value, given)),
  dns_options: alone(ofResolvConf(otherwise("dns-option"))),
  dns_searches: alone(ofResolvConf(otherwise("dns-search"))),
  dns_servers: alone(ofResolvConf(otherwise("dns"))),
  env: list("default-env"),
  env_host: text("env-host"),
  http_proxy: text("http-proxy"),
  init: text("init"),
  init_path: unlessEmpty("init-path"),
  ipcns: alone(unlessEmpty("ipc")),
  log_driver: unlessEmpty("log-driver"),
  log_size_max: (value) => (Number(value) > 0 ? [`--log-opt=max-size=${String(value)}`] : []),
  log_tag: (value) => (value === "" ? [] : [`--log-opt=tag=${String(value)}`]),
  mounts: elsewhere("mount"),
  netns: alone((value, given) => (value === "" || value === "private" ? [] : otherwise("network")([value], given))),
  no_hosts: text("no-hosts"),
  oom_score_adj: text("oom-score-adj"),
  pidns: alone(unlessEmpty("pid")),
  pids_limit: text("pids-limit"),
  privileged: text("privileged"),
  read_only: text("read-only"),
  seccomp_profile: securityOption("seccomp"),
  shm_size: unlessEmpty("shm-size"),
  tz: unlessEmpty("tz"),
  umask: unlessEmpty("umask"),
  userns: alone(unlessEmpty("userns")),
  utsns: alone(unlessEmpty("uts")),
  volumes: elsewhere("volume"),
};

const ENGINE: Readonly<Record<string, ToWords>> = {
  cdi_spec_dirs: list("cdi-spec-dir"),
  compression_format: unlessEmpty("compression-format"),
  compression_level: text("compression-level"),
  detach_keys: text("detach-keys"),
  // An init that is named goes before; see WORDS.
  helper_binaries_dir: (value) => {
    const init = stringsOf(value)
      .map((folder) => join(folder, "catatonit"))
      .find((path) => existsSync(path));
    return init === undefined ? [] : [`--init-path=${init}`];
  },
  image_volume_mode: unlessEmpty("image-volume"),
  infra_command: unlessEmpty("infra-command"),
  infra_image: unlessEmpty("infra-image"),
  pod_exit_policy: unlessEmpty("exit-policy"),
  pull_policy: unlessEmpty("pull"),
  stop_timeout: text("stop-timeout"),
};

/** Of the keys for containers, those that mean the infra container where a pod is made: its members get the others by themselves. */
const OF_INFRA: ReadonlySet<string> = new Set([
  "base_hosts_file",
  "default_sysctls",
  "dns_options",
  "dns_searches",
  "dns_servers",
  "netns",
  "no_hosts",
  "pidns",
  "shm_size",
  "userns",
  "utsns",
]);

/** Keys of containers.conf that stand for options, with the options; what the rest does is the engine's. */
export const WORDS: Readonly<Record<"containers" | "engine", Readonly<Record<string, ToWords>>>> = {
  engine: ENGINE,
  containers: CONTAINERS,
};

/** A word that stands for a key, such as `containers.log_driver`. */
export type ConfiguredWord = { readonly word: string; readonly key: string };

/**
 * What containers.conf adds to the options of a command, as words that go before the user's: of an option with one value the user's counts,
 * lists grow. Only for options that the command has.
 */
export function configuredWords(conf: ContainersConf, options: Options, given: Given): ConfiguredWord[] {
  const isPod = Object.hasOwn(options, "infra");
  // In a pod that is being made, "pod-id-file" is a file to write.
  const known = isPod ? { ...given, "pod-id-file": undefined } : given;
  const infra = wantsInfra(given);
  const counts = (section: string, key: string): boolean =>
    !isPod || (section === "engine" ? infra || !key.startsWith("infra_") : infra && OF_INFRA.has(key));
  return Object.entries(WORDS).flatMap(([section, keys]) =>
    Object.entries(conf[section as keyof typeof WORDS])
      .filter(([key]) => counts(section, key))
      .flatMap(([key, value]) =>
        (keys[key]?.(value, known) ?? [])
          .filter((word) => Object.hasOwn(options, nameOf(word)))
          .map((word) => ({ word, key: `${section}.${key}` })),
      ),
  );
}

function nameOf(word: string): string {
  return word.slice(2, word.indexOf("="));
}

function isGiven(given: Given, option: string): boolean {
  const value = given[option];
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A sysctl belongs to a namespace; a default one is for containers that have that namespace for themselves. */
function isOwnSysctl(pair: string, given: Given): boolean {
  if (pair.startsWith("net.")) return !stringsOf(given["network"]).some(isShared);
  if (/^(fs\.mqueue\.|kernel\.(msg|sem|shm))/.test(pair)) return !isShared(given["ipc"]);
  return !/^kernel\.(domainname|hostname)=/.test(pair) || !isShared(given["uts"]);
}

function isShared(value: unknown): boolean {
  const modes = Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
  return modes.some((mode) => /^(host|container:|ns:|pod)/.test(mode));
}
