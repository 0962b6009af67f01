import { dirname, isAbsolute, join } from "node:path";
import type { UnitDraft } from "./draft.ts";
import { kindOf, type Quadlet, type Surroundings } from "./unit.ts";
import { keyError, truthOf, type UnitFile, valueOf, valuesOf, wordsOf } from "./unit-file.ts";

/** What a conversion works on. */
export type Conversion = {
  readonly quadlet: Quadlet;
  readonly group: string;
  readonly draft: UnitDraft;
  readonly around: Surroundings;
};

/** The beginning of every command line. */
export function baseCommand({ quadlet, group, around }: Conversion): string[] {
  return [around.binary, ...wordsOf(quadlet.unit, group, "GlobalArgs")];
}

/** Options that stand in the file as they are. */
export function rawWords({ quadlet, group }: Conversion): string[] {
  return wordsOf(quadlet.unit, group, "PodmanArgs");
}

// Makes the service wait for another file's, and gives what that one makes.
function resourceOf({ quadlet, group, draft, around }: Conversion, key: string, fileName: string): string {
  const other = around.units.get(fileName);
  if (other === undefined)
    throw keyError(quadlet.unit, group, key, [`${key}: there is no file ${fileName}`, "install it beside this one"]);
  if (other.resource === undefined)
    throw keyError(quadlet.unit, group, key, `${key}: what ${other.fileName} makes has no name before it runs`);
  draft.add("Unit", "Requires", `${other.serviceName}.service`);
  draft.add("Unit", "After", `${other.serviceName}.service`);
  return other.resource;
}

/** An image by name, or that of an .image or .build file. */
export function imageName(conversion: Conversion, key: string, name: string): string {
  const kind = kindOf(name);
  return kind === "image" || kind === "build" ? resourceOf(conversion, key, name) : name;
}

/** `--network`, for networks by name and for those of .network and .container files. */
export function networkWords(conversion: Conversion): string[] {
  const { quadlet, group } = conversion;
  return valuesOf(quadlet.unit, group, "Network").flatMap((text) => {
    const [name = "", ...options] = text.split(":");
    const kind = kindOf(name);
    if (kind !== "network" && kind !== "container") return ["--network", text];
    const resource = resourceOf(conversion, "Network", name);
    if (kind === "network") return ["--network", [resource, ...options].join(":")];
    if (options.length === 0) return ["--network", `container:${resource}`];
    throw keyError(quadlet.unit, group, "Network", "Network: another container's network takes no options");
  });
}

/** `-v`, for paths, volumes by name and those of .volume files. */
export function volumeWords(conversion: Conversion): string[] {
  return valuesOf(conversion.quadlet.unit, conversion.group, "Volume").flatMap((text) => {
    const [first = "", ...rest] = text.split(":");
    return ["-v", rest.length === 0 ? first : [storageSource(conversion, "Volume", first), ...rest].join(":")];
  });
}

/** Where something that is mounted lies: a path, relative to the file; a volume, perhaps of a .volume file. */
export function storageSource(conversion: Conversion, key: string, source: string): string {
  const path = source.startsWith(".") ? besideFile(conversion.quadlet.unit, source) : source;
  if (path.startsWith("/")) {
    conversion.draft.add("Unit", "RequiresMountsFor", path);
    return path;
  }
  const kind = kindOf(path);
  const isFile = kind === "volume" || (key === "Mount" && (kind === "image" || kind === "build"));
  return isFile ? resourceOf(conversion, key, path) : path;
}

/** A path as an absolute one: relative to its file, unless systemd is to fill it in. */
export function besideFile({ path }: UnitFile, text: string): string {
  return isAbsolute(text) || /^%[^%]/.test(text) ? text : join(dirname(path), text);
}

/** `--env`, `--label` and the like: pairs, sorted by name, of which the last of a name counts. */
export function pairWords({ quadlet, group }: Conversion, key: string, option: string): string[] {
  const pairs = new Map(wordsOf(quadlet.unit, group, key).map((word) => [word.split("=")[0] ?? word, word]));
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, word]) => [option, word]);
}

/** KillMode: systemd's own default would kill conmon first. Throws `invalid` for a mode that cannot work. */
export function setKillMode({ quadlet, draft }: Conversion): void {
  const mode = valueOf(quadlet.unit, "Service", "KillMode");
  if (mode === undefined) draft.add("Service", "KillMode", "mixed");
  else if (mode !== "mixed" && mode !== "control-group")
    throw keyError(quadlet.unit, "Service", "KillMode", [`invalid KillMode '${mode}'`, "use mixed, or leave it out"]);
}

/** The type of the service: notify, or oneshot where the file says so. Throws `invalid` for another one. */
export function serviceType({ quadlet }: Conversion): "notify" | "oneshot" {
  const type = valueOf(quadlet.unit, "Service", "Type") ?? "notify";
  if (type === "notify" || type === "oneshot") return type;
  throw keyError(quadlet.unit, "Service", "Type", [
    `invalid service Type '${type}'`,
    "use notify or oneshot, or leave it out",
  ]);
}

/** Sets a key of [Service] unless the file does. */
export function setDefault({ quadlet, draft }: Conversion, key: string, value: string): void {
  if (valueOf(quadlet.unit, "Service", key) === undefined) draft.add("Service", key, value);
}

/** A service that ends when it has made what it is for. */
export function setOneshot(conversion: Conversion, remain: boolean): void {
  setDefault(conversion, "SyslogIdentifier", "%N");
  setDefault(conversion, "Type", "oneshot");
  if (remain) setDefault(conversion, "RemainAfterExit", "yes");
}

/** What every service waits for, and where it came from. */
export function beginUnit({ quadlet, draft, around }: Conversion): void {
  // A user's systemd cannot wait for the system's network.
  if (!around.user && truthOf(quadlet.unit, "Quadlet", "DefaultDependencies") !== false) {
    draft.prepend("Unit", "After", "network-online.target");
    draft.prepend("Unit", "Wants", "network-online.target");
  }
  draft.add("Unit", "SourcePath", quadlet.unit.path);
  draft.add("Unit", "RequiresMountsFor", "%t/estiba");
}
