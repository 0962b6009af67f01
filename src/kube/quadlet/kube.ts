import { dirname } from "node:path";
import { printWords } from "../../lib/unit-words.ts";
import { checkKeys, each, idle, type KeyRules, ownKeys, refused, tableWords, text, words } from "./rules.ts";
import {
  baseCommand,
  beginUnit,
  besideFile,
  type Conversion,
  networkWords,
  rawWords,
  serviceType,
  setDefault,
  setKillMode,
} from "./shared.ts";
import { keyError, truthOf, unitError, valueOf, valuesOf, wordsOf } from "./unit-file.ts";
import { REMAP_KEYS, userWords } from "./users.ts";

const GROUP = "Kube";

const PLAIN: KeyRules = {
  LogDriver: text("--log-driver"),
  LogOpt: words("--log-opt"),
  PublishPort: each("--publish"),
};

/** The keys of [Kube]. Source: podman-systemd.unit(5). */
export const KUBE_KEYS: KeyRules = {
  ...PLAIN,
  ...ownKeys("ConfigMap", "KubeDownForce", "Network", "SetWorkingDirectory", "UserNS", "Yaml", ...REMAP_KEYS),
  ExitCodePropagation: refused("the pods run on by themselves; look at them with estiba pod ps"),
  AutoUpdate: idle("nothing looks for newer images; pull and restart from a timer"),
};

/** A .kube file as a service that plays its YAML, and takes it down. */
export function convertKube(conversion: Conversion): string[] {
  const { quadlet, draft } = conversion;
  const { unit } = quadlet;
  const warnings = checkKeys(unit, GROUP, KUBE_KEYS);
  const files = valuesOf(unit, GROUP, "Yaml");
  if (files.length === 0) throw unitError(unit.path, 1, "no Yaml key specified", "add Yaml= to [Kube]");
  if (files.length > 1)
    throw keyError(unit, GROUP, "Yaml", ["one file is played by one .kube file", "put the objects into one file"]);
  const yaml = besideFile(unit, files[0] ?? "");
  beginUnit(conversion);
  setKillMode(conversion);
  draft.add("Service", "Environment", "PODMAN_SYSTEMD_UNIT=%n");
  // Nothing stays behind that could notify: what it has played runs on by itself.
  serviceType(conversion);
  setDefault(conversion, "Type", "oneshot");
  setDefault(conversion, "RemainAfterExit", "yes");
  setDefault(conversion, "SyslogIdentifier", "%N");
  const maps = wordsOf(unit, GROUP, "ConfigMap").flatMap((file) => ["--configmap", besideFile(unit, file)]);
  const play = [
    ...baseCommand(conversion),
    "kube",
    "play",
    "--replace",
    ...tableWords(unit, GROUP, PLAIN),
    ...userWords(conversion, false),
    ...networkWords(conversion),
    ...maps,
    ...rawWords(conversion),
    yaml,
  ];
  draft.add("Service", "ExecStart", printWords(play));
  const force = truthOf(unit, GROUP, "KubeDownForce") === true ? ["--force"] : [];
  // After a start that failed, too, so that nothing of it is left.
  draft.add("Service", "ExecStopPost", printWords([...baseCommand(conversion), "kube", "down", ...force, yaml]));
  setFolder(conversion, yaml);
  return warnings;
}

function setFolder({ quadlet: { unit }, draft }: Conversion, yaml: string): void {
  const wanted = valueOf(unit, GROUP, "SetWorkingDirectory");
  if (wanted === undefined || valueOf(unit, "Service", "WorkingDirectory") !== undefined) return;
  const of = { yaml, unit: unit.path }[wanted.toLowerCase()];
  if (of === undefined)
    throw keyError(unit, GROUP, "SetWorkingDirectory", [
      `unsupported value for WorkingDirectory: ${wanted}`,
      "use yaml or unit",
    ]);
  draft.add("Service", "WorkingDirectory", dirname(of));
}
