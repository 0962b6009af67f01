import { dirname } from "node:path";
import { printWords } from "../../lib/unit-words.ts";
import { checkKeys, each, joined, type KeyRules, ownKeys, refused, tableWords, text, truth, words } from "./rules.ts";
import {
  baseCommand,
  beginUnit,
  besideFile,
  type Conversion,
  networkWords,
  pairWords,
  rawWords,
  setOneshot,
  volumeWords,
} from "./shared.ts";
import { keyError, unitError, valueOf } from "./unit-file.ts";

const GROUP = "Build";
const URL = /^(https?:\/\/|git:\/\/|github\.com\/)/;

const PLAIN: KeyRules = {
  Pull: joined("--pull="),
  Arch: text("--arch"),
  AuthFile: text("--authfile"),
  IgnoreFile: text("--ignorefile"),
  Target: text("--target"),
  Variant: text("--variant"),
  TLSVerify: truth("--tls-verify"),
  ForceRM: truth("--force-rm"),
  DNS: each("--dns"),
  DNSOption: each("--dns-option"),
  DNSSearch: each("--dns-search"),
  ImageTag: each("--tag"),
  Secret: words("--secret"),
};

/** The keys of [Build]. Source: podman-systemd.unit(5). */
export const BUILD_KEYS: KeyRules = {
  ...PLAIN,
  Retry: refused("a pull is tried again by itself; use Restart= in [Service] for more"),
  RetryDelay: refused("use RestartSec= in [Service]"),
  GroupAdd: refused("a step of the build has the groups of its USER"),
  ...ownKeys("Annotation", "BuildArg", "Environment", "File", "Label", "Network", "SetWorkingDirectory", "Volume"),
};

/** A .build file as a service that builds the image. */
export function convertBuild(conversion: Conversion): string[] {
  const { quadlet, draft } = conversion;
  const { unit } = quadlet;
  const warnings = checkKeys(unit, GROUP, BUILD_KEYS);
  if (quadlet.resource === undefined)
    throw unitError(unit.path, 1, "no ImageTag key specified", "add ImageTag= to [Build]");
  beginUnit(conversion);
  const { folder, context } = contextOf(conversion);
  if (folder !== undefined) draft.add("Service", "WorkingDirectory", folder);
  const file = valueOf(unit, GROUP, "File");
  const workingFolder = folder ?? valueOf(unit, "Service", "WorkingDirectory");
  if (workingFolder === undefined && file === undefined && context === undefined)
    throw unitError(unit.path, 1, "neither SetWorkingDirectory, nor File key specified", "add one of them to [Build]");
  const relative = file !== undefined && !file.startsWith("/") && !URL.test(file);
  if (relative && context === undefined && workingFolder === undefined)
    throw keyError(unit, GROUP, "File", [
      "relative path in File key requires SetWorkingDirectory key to be set",
      "add SetWorkingDirectory=unit",
    ]);
  const place = context ?? (file === undefined || relative ? workingFolder : undefined);
  const argv = [
    ...baseCommand(conversion),
    "build",
    ...tableWords(unit, GROUP, PLAIN),
    ...pairWords(conversion, "Annotation", "--annotation"),
    ...pairWords(conversion, "BuildArg", "--build-arg"),
    ...pairWords(conversion, "Environment", "--env"),
    ...pairWords(conversion, "Label", "--label"),
    ...networkWords(conversion),
    ...volumeWords(conversion),
    ...(file === undefined ? [] : ["--file", file]),
    ...rawWords(conversion),
    ...(place === undefined ? [] : [place]),
  ];
  draft.add("Service", "ExecStart", printWords(argv));
  setOneshot(conversion, false);
  return warnings;
}

/** Where the build is made: the folder of the unit or of File, or what else stands there as the context. */
function contextOf({ quadlet: { unit } }: Conversion): { folder?: string; context?: string } {
  const wanted = valueOf(unit, GROUP, "SetWorkingDirectory");
  if (wanted === undefined) return {};
  // What [Service] says counts.
  const taken = valueOf(unit, "Service", "WorkingDirectory") !== undefined;
  const inFolder = (path: string): { folder?: string } => (taken ? {} : { folder: dirname(besideFile(unit, path)) });
  switch (wanted.toLowerCase()) {
    case "unit":
      return inFolder(unit.path);
    case "file": {
      const file = valueOf(unit, GROUP, "File");
      if (file === undefined)
        throw keyError(unit, GROUP, "SetWorkingDirectory", ["no File key specified", "add File="]);
      return inFolder(file);
    }
    default:
      if (wanted.startsWith("/") || URL.test(wanted)) return { context: wanted };
      return { context: wanted, ...inFolder(unit.path) };
  }
}
