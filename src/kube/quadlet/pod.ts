import { printWords } from "../../lib/unit-words.ts";
import { checkKeys, each, type KeyRules, ownKeys, tableWords, text } from "./rules.ts";
import {
  baseCommand,
  beginUnit,
  type Conversion,
  networkWords,
  pairWords,
  rawWords,
  setDefault,
  volumeWords,
} from "./shared.ts";
import { stem } from "./unit.ts";
import { truthOf, type UnitFile, valueOf } from "./unit-file.ts";
import { USER_KEYS, userWords } from "./users.ts";

const GROUP = "Pod";
const ID_FILE = "--pod-id-file=%t/%N.pod-id";

const PLAIN: KeyRules = {
  PublishPort: each("--publish"),
  IP: text("--ip"),
  IP6: text("--ip6"),
  ShmSize: text("--shm-size"),
  HostName: text("--hostname"),
  NetworkAlias: each("--network-alias"),
  DNS: each("--dns"),
  DNSOption: each("--dns-option"),
  DNSSearch: each("--dns-search"),
  AddHost: each("--add-host"),
};

/** The keys of [Pod]. Source: podman-systemd.unit(5). */
export const POD_KEYS: KeyRules = {
  ...PLAIN,
  ...ownKeys("ExitPolicy", "Label", "Network", "PodName", "StopTimeout", "Volume", ...USER_KEYS),
};

/** A .pod file as a service that makes, starts and stops the pod; its containers have services of their own. */
export function convertPod(conversion: Conversion): string[] {
  const { quadlet, draft, around } = conversion;
  const { unit } = quadlet;
  const warnings = checkKeys(unit, GROUP, POD_KEYS);
  beginUnit(conversion);
  for (const member of [...around.units.values()].filter((other) => startsWith(other.unit, quadlet.fileName))) {
    draft.add("Unit", "Wants", `${member.serviceName}.service`);
    draft.add("Unit", "Before", `${member.serviceName}.service`);
  }
  setDefault(conversion, "SyslogIdentifier", "%N");
  const name = valueOf(unit, GROUP, "PodName") ?? `systemd-${stem(quadlet.fileName)}`;
  const base = baseCommand(conversion);
  const stopSeconds = valueOf(unit, GROUP, "StopTimeout") ?? "10";
  const create = [
    ...base,
    "pod",
    "create",
    "--infra-conmon-pidfile=%t/%N.pid",
    ID_FILE,
    `--exit-policy=${valueOf(unit, GROUP, "ExitPolicy") ?? "stop"}`,
    "--replace",
    ...userWords(conversion, true),
    ...tableWords(unit, GROUP, PLAIN),
    ...networkWords(conversion),
    ...pairWords(conversion, "Label", "--label"),
    ...volumeWords(conversion),
    "--infra-name",
    `${name}-infra`,
    "--name",
    name,
    ...rawWords(conversion),
  ];
  draft.add("Service", "ExecStart", printWords([...base, "pod", "start", ID_FILE]));
  draft.add("Service", "ExecStop", printWords([...base, "pod", "stop", ID_FILE, "--ignore", `--time=${stopSeconds}`]));
  draft.add("Service", "ExecStopPost", printWords([...base, "pod", "rm", ID_FILE, "--ignore", "--force"]));
  draft.add("Service", "ExecStartPre", printWords(create));
  draft.add("Service", "Environment", "PODMAN_SYSTEMD_UNIT=%n");
  setDefault(conversion, "Type", "forking");
  setDefault(conversion, "Restart", "on-failure");
  setDefault(conversion, "PIDFile", "%t/%N.pid");
  return warnings;
}

function startsWith(unit: UnitFile, pod: string): boolean {
  return valueOf(unit, "Container", "Pod") === pod && truthOf(unit, "Container", "StartWithPod") !== false;
}
