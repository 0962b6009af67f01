import { printWords } from "../../lib/unit-words.ts";
import {
  checkKeys,
  each,
  idle,
  joined,
  type KeyRules,
  ownKeys,
  refused,
  tableWords,
  text,
  truth,
  when,
  words,
} from "./rules.ts";
import {
  baseCommand,
  beginUnit,
  besideFile,
  type Conversion,
  imageName,
  networkWords,
  pairWords,
  rawWords,
  serviceType,
  setDefault,
  setKillMode,
  storageSource,
  volumeWords,
} from "./shared.ts";
import { keyError, lastWordsOf, truthOf, type UnitFile, unitError, valueOf, wordsOf } from "./unit-file.ts";
import { USER_KEYS, userWords } from "./users.ts";

const GROUP = "Container";
const NO_LABELS = "SELinux labels are not set here; AppArmor and SeccompProfile confine a container, too";
const CID = "--cidfile=%t/%N.cid";

/** Keys of [Container] that are an option with their value, in the order of the command line. */
const PLAIN: KeyRules = {
  LogDriver: text("--log-driver"),
  LogOpt: words("--log-opt"),
  Timezone: text("--tz"),
  PidsLimit: text("--pids-limit"),
  Memory: text("--memory"),
  ShmSize: text("--shm-size"),
  Entrypoint: text("--entrypoint"),
  WorkingDir: text("--workdir"),
  IP: text("--ip"),
  IP6: text("--ip6"),
  HostName: text("--hostname"),
  StopSignal: text("--stop-signal"),
  StopTimeout: text("--stop-timeout"),
  Pull: text("--pull"),
  NetworkAlias: each("--network-alias"),
  Ulimit: each("--ulimit"),
  DNS: each("--dns"),
  DNSOption: each("--dns-option"),
  DNSSearch: each("--dns-search"),
  GroupAdd: each("--group-add"),
  AddHost: each("--add-host"),
  Tmpfs: each("--tmpfs"),
  RunInit: truth("--init"),
  EnvironmentHost: truth("--env-host"),
  HttpProxy: truth("--http-proxy"),
  ReadOnlyTmpfs: truth("--read-only-tmpfs"),
  ReadOnly: truth("--read-only"),
  NoNewPrivileges: when("--security-opt=no-new-privileges"),
  SecurityLabelDisable: when("--security-opt", "label=disable"),
  SeccompProfile: joined("--security-opt=seccomp="),
  AppArmor: joined("--security-opt=apparmor="),
  Mask: words("--security-opt", { prefix: "mask=" }),
  Unmask: words("--security-opt", { prefix: "unmask=" }),
  DropCapability: words("--cap-drop", { lower: true }),
  AddCapability: words("--cap-add", { lower: true }),
  Sysctl: words("--sysctl"),
  ExposeHostPort: each("--expose"),
  PublishPort: each("--publish"),
  Secret: words("--secret"),
  HealthCmd: text("--health-cmd"),
  HealthInterval: text("--health-interval"),
  HealthOnFailure: text("--health-on-failure"),
  HealthLogDestination: text("--health-log-destination"),
  HealthMaxLogCount: text("--health-max-log-count"),
  HealthMaxLogSize: text("--health-max-log-size"),
  HealthRetries: text("--health-retries"),
  HealthStartPeriod: text("--health-start-period"),
  HealthTimeout: text("--health-timeout"),
  HealthStartupCmd: text("--health-startup-cmd"),
  HealthStartupInterval: text("--health-startup-interval"),
  HealthStartupRetries: text("--health-startup-retries"),
  HealthStartupSuccess: text("--health-startup-success"),
  HealthStartupTimeout: text("--health-startup-timeout"),
};

/** The keys of [Container]. Source: podman-systemd.unit(5). */
export const CONTAINER_KEYS: KeyRules = {
  ...PLAIN,
  ...ownKeys(
    "AddDevice",
    "Annotation",
    "CgroupsMode",
    "ContainerName",
    "Environment",
    "EnvironmentFile",
    "Exec",
    "Group",
  ),
  ...ownKeys(
    "Image",
    "Label",
    "Mount",
    "Network",
    "Notify",
    "Pod",
    "ReloadCmd",
    "ReloadSignal",
    "Rootfs",
    "StartWithPod",
  ),
  ...ownKeys("User", "VolatileTmp", "Volume", ...USER_KEYS),
  SecurityLabelNested: refused(NO_LABELS),
  SecurityLabelType: refused(NO_LABELS),
  SecurityLabelFileType: refused(NO_LABELS),
  SecurityLabelLevel: refused(NO_LABELS),
  Retry: refused(
    "an image is asked for again where its registry says so; pull it in an .image file, with Restart= in [Service]",
  ),
  RetryDelay: refused("pull it in an .image file, with RestartSec= in [Service]"),
  AutoUpdate: idle("nothing looks for newer images; pull and restart from a timer"),
};

/** A .container file as a service that runs the container. */
export function convertContainer(conversion: Conversion): string[] {
  const { quadlet, draft } = conversion;
  const { unit } = quadlet;
  const warnings = checkKeys(unit, GROUP, CONTAINER_KEYS);
  const root = rootWords(conversion);
  beginUnit(conversion);
  draft.add("Service", "Environment", "PODMAN_SYSTEMD_UNIT=%n");
  setKillMode(conversion);
  const remove = printWords([...baseCommand(conversion), "rm", "-v", "-f", "-i", CID]);
  draft.add("Service", "ExecStop", remove);
  // Where conmon was killed, ExecStop is left out.
  draft.add("Service", "ExecStopPost", `-${remove}`);
  draft.add("Service", "Delegate", "yes");
  const notify = notifyWords(conversion);
  setDefault(conversion, "SyslogIdentifier", "%N");
  const name = containerName(unit, quadlet.fileName);
  const cgroups = `--cgroups=${valueOf(unit, GROUP, "CgroupsMode") ?? "split"}`;
  const argv = [
    ...baseCommand(conversion),
    "run",
    "--name",
    name,
    CID,
    "--replace",
    "--rm",
    cgroups,
    ...tableWords(unit, GROUP, PLAIN),
    ...networkWords(conversion),
    ...notify,
    ...deviceWords(conversion),
    ...userWord(unit),
    ...userWords(conversion, true),
    ...volatileWords(unit),
    ...volumeWords(conversion),
    ...mountWords(conversion),
    ...pairWords(conversion, "Environment", "--env"),
    ...pairWords(conversion, "Label", "--label"),
    ...pairWords(conversion, "Annotation", "--annotation"),
    ...wordsOf(unit, GROUP, "EnvironmentFile").flatMap((file) => ["--env-file", besideFile(unit, file)]),
    ...podWords(conversion),
    ...rawWords(conversion),
    ...root,
    ...lastWordsOf(unit, GROUP, "Exec"),
  ];
  draft.add("Service", "ExecStart", printWords(argv));
  addReload(conversion);
  return warnings;
}

/** The name of a container, perhaps with what systemd fills in. */
export function containerName(unit: UnitFile, fileName: string): string {
  return valueOf(unit, GROUP, "ContainerName") ?? (fileName.includes("@") ? "systemd-%p_%i" : "systemd-%N");
}

function rootWords(conversion: Conversion): string[] {
  const { unit } = conversion.quadlet;
  const [image, rootfs] = [valueOf(unit, GROUP, "Image"), valueOf(unit, GROUP, "Rootfs")];
  if (image === undefined && rootfs === undefined)
    throw unitError(unit.path, 1, "no Image or Rootfs key specified", "add Image= to [Container]");
  if (image === undefined) return ["--rootfs", rootfs ?? ""];
  if (rootfs === undefined) return [imageName(conversion, "Image", image)];
  throw keyError(unit, GROUP, "Rootfs", [
    "the Image And Rootfs keys conflict can not be specified together",
    "take one out",
  ]);
}

function notifyWords(conversion: Conversion): string[] {
  const { unit, fileName } = conversion.quadlet;
  if (serviceType(conversion) === "oneshot") return [];
  setDefault(conversion, "Type", "notify");
  conversion.draft.add("Service", "NotifyAccess", "all");
  if (valueOf(unit, GROUP, "Notify")?.toLowerCase() === "healthy") {
    // The service is not active, and what comes after it does not start, before this has ended.
    const wait = [...baseCommand(conversion), "wait", "--condition=healthy", containerName(unit, fileName)];
    conversion.draft.add("Service", "ExecStartPost", printWords(wait));
    return ["--sdnotify=conmon", "-d"];
  }
  return [truthOf(unit, GROUP, "Notify") === true ? "--sdnotify=container" : "--sdnotify=conmon", "-d"];
}

function addReload(conversion: Conversion): void {
  const { unit } = conversion.quadlet;
  const [command, signal] = [lastWordsOf(unit, GROUP, "ReloadCmd"), valueOf(unit, GROUP, "ReloadSignal")];
  if (command.length > 0 && signal !== undefined)
    throw keyError(unit, GROUP, "ReloadSignal", ["ReloadCmd and ReloadSignal exclude each other", "take one out"]);
  const reload =
    command.length > 0 ? ["exec", CID, ...command] : signal === undefined ? [] : ["kill", CID, "--signal", signal];
  if (reload.length > 0)
    conversion.draft.add("Service", "ExecReload", printWords([...baseCommand(conversion), ...reload]));
}

function deviceWords({ quadlet, around }: Conversion): string[] {
  return wordsOf(quadlet.unit, GROUP, "AddDevice").flatMap((device) => {
    if (!device.startsWith("-")) return ["--device", device];
    const path = device.slice(1);
    return around.exists(path.split(":")[0] ?? "") ? ["--device", path] : [];
  });
}

function userWord(unit: UnitFile): string[] {
  const [user, group] = [valueOf(unit, GROUP, "User"), valueOf(unit, GROUP, "Group")];
  if (user === undefined && group !== undefined)
    throw keyError(unit, GROUP, "Group", ["invalid Group set without User", "add User="]);
  return user === undefined ? [] : ["--user", group === undefined ? user : `${user}:${group}`];
}

function volatileWords(unit: UnitFile): string[] {
  const wanted = truthOf(unit, GROUP, "VolatileTmp") === true && truthOf(unit, GROUP, "ReadOnly") !== true;
  return wanted ? ["--tmpfs", "/tmp:rw,size=512M,mode=1777"] : [];
}

function mountWords(conversion: Conversion): string[] {
  return wordsOf(conversion.quadlet.unit, GROUP, "Mount").flatMap((mount) => {
    const type = /(?:^|,)type=(\w+)/.exec(mount)?.[1] ?? "volume";
    if (!["volume", "bind", "glob", "image"].includes(type)) return ["--mount", mount];
    const parts = mount.split(",").map((part) => {
      const [, key, source] = /^(source|src)=(.*)$/s.exec(part) ?? [];
      return key === undefined || source === undefined ? part : `${key}=${storageSource(conversion, "Mount", source)}`;
    });
    return ["--mount", parts.join(",")];
  });
}

function podWords({ quadlet: { unit }, draft, around }: Conversion): string[] {
  const pod = valueOf(unit, GROUP, "Pod");
  if (pod === undefined) return [];
  if (!pod.endsWith(".pod"))
    throw keyError(unit, GROUP, "Pod", [`pod ${pod} is not Quadlet based`, "name a .pod file"]);
  const found = around.units.get(pod);
  if (found === undefined)
    throw keyError(unit, GROUP, "Pod", [`quadlet pod unit ${pod} does not exist`, "install it beside this one"]);
  draft.add("Unit", "BindsTo", `${found.serviceName}.service`);
  draft.add("Unit", "After", `${found.serviceName}.service`);
  return ["--pod-id-file", `%t/${found.serviceName}.pod-id`];
}
