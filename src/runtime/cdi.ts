import { readDevice } from "../host/devices.ts";
import { EstibaError } from "../lib/error.ts";
import type { RuntimeSpec, SpecDevice, SpecMount } from "../oci/runtime-spec.ts";
import {
  type CdiDeviceNode,
  type CdiEdits,
  type CdiFile,
  type CdiMount,
  cdiFolders,
  readCdiFiles,
} from "./cdi-files.ts";
import type { GrantedDevice } from "./spec-devices.ts";

/**
 * What CDI devices ask for together, in the order of the names, each file's common part once. Reads the CDI files anew: a driver may have
 * written them since. Throws `not_found` for a device that no file describes, `invalid` for one that two files of one folder describe.
 */
export function resolveCdi(names: readonly string[], folders?: readonly string[]): CdiEdits {
  const { files, errors } = readCdiFiles(folders);
  const parts: CdiEdits[] = [];
  const used = new Set<string>();
  for (const name of new Set(names)) {
    const file = describing(name, files);
    if (file === undefined) throw unknownDevice(name, folders, errors);
    if (!used.has(file.path)) parts.push(file.common);
    used.add(file.path);
    const own = file.devices.get(deviceName(name));
    if (own !== undefined) parts.push(own);
  }
  return {
    env: parts.flatMap(({ env }) => env),
    deviceNodes: parts.flatMap(({ deviceNodes }) => deviceNodes),
    mounts: parts.flatMap(({ mounts }) => mounts),
    hooks: parts.flatMap(({ hooks }) => hooks),
    additionalGids: parts.flatMap(({ additionalGids }) => additionalGids),
  };
}

/** The device nodes of CDI edits with what the host knows of them. Throws `invalid` for one that is not there and not described in full. */
export function cdiDevices({ deviceNodes }: CdiEdits): GrantedDevice[] {
  return deviceNodes.map((node) => ({ ...specDevice(node), access: node.permissions ?? "rwm" }));
}

/**
 * The runtime spec with CDI edits in it; device nodes come by {@link cdiDevices}. Pure but for `place`, which makes the target of a mount
 * inside the root and gives its real path there. Source: container-device-interface SPEC.md, "OCI edits".
 */
export function applyCdi(spec: RuntimeSpec, edits: CdiEdits, place: (mount: CdiMount) => string): RuntimeSpec {
  const names = new Set(edits.env.map(variableName));
  const env = [...spec.process.env.filter((entry) => !names.has(variableName(entry))), ...edits.env];
  const added = edits.mounts.map((mount) => specMount(mount, place(mount)));
  const targets = new Set(added.map(({ destination }) => destination));
  const hooks = { ...spec.hooks };
  for (const { hookName, ...hook } of edits.hooks) {
    hooks[hookName] = [
      ...(hooks[hookName] ?? []),
      {
        path: hook.path,
        ...(hook.args === undefined ? {} : { args: [...hook.args] }),
        ...(hook.env === undefined ? {} : { env: [...hook.env] }),
        ...(hook.timeout === undefined ? {} : { timeout: hook.timeout }),
      },
    ];
  }
  const { user } = spec.process;
  const additionalGids = [
    ...new Set([...(user.additionalGids ?? []), ...edits.additionalGids.filter((gid) => gid > 0)]),
  ];
  return {
    ...spec,
    process: { ...spec.process, env, user: { ...user, additionalGids } },
    mounts: [...spec.mounts.filter(({ destination }) => !targets.has(destination)), ...added].toSorted(
      (a, b) => a.destination.split("/").length - b.destination.split("/").length,
    ),
    ...(edits.hooks.length === 0 ? {} : { hooks }),
  };
}

function describing(name: string, files: readonly CdiFile[]): CdiFile | undefined {
  const kind = name.slice(0, name.indexOf("="));
  const found = files.filter((file) => file.kind === kind && file.devices.has(deviceName(name)));
  const best = Math.max(...found.map(({ rank }) => rank));
  const [first, second] = found.filter(({ rank }) => rank === best);
  if (first === undefined || second === undefined) return first;
  throw new EstibaError("invalid", {
    reason: "cdi.conflict",
    what: `two CDI files describe the device "${name}": ${first.path} and ${second.path}`,
    fix: `remove one of them: rm ${second.path}`,
  });
}

function deviceName(name: string): string {
  return name.slice(name.indexOf("=") + 1);
}

function specDevice(node: CdiDeviceNode): SpecDevice {
  const host = readDevice(node.hostPath ?? node.path);
  const type = node.type ?? host?.type;
  const major = node.major ?? host?.major;
  const minor = node.minor ?? host?.minor;
  if (type === undefined || (type !== "p" && (major === undefined || minor === undefined))) throw noNode(node);
  return {
    path: node.path,
    type: type as SpecDevice["type"],
    ...(major === undefined ? {} : { major }),
    ...(minor === undefined ? {} : { minor }),
    ...present("fileMode", node.fileMode ?? host?.fileMode),
    ...present("uid", node.uid ?? host?.uid),
    ...present("gid", node.gid ?? host?.gid),
  };
}

function present<K extends string>(field: K, value: number | undefined): { [P in K]?: number } {
  return (value === undefined ? {} : { [field]: value }) as { [P in K]?: number };
}

function specMount({ hostPath, type = "bind", options = [] }: CdiMount, destination: string): SpecMount {
  // What has no type is a bind, and runtimes take a bind by its option.
  const bound = type !== "bind" || options.includes("bind") || options.includes("rbind");
  return { destination, type, source: hostPath, options: bound ? [...options] : ["rbind", ...options] };
}

function variableName(entry: string): string {
  const equals = entry.indexOf("=");
  return equals < 0 ? entry : entry.slice(0, equals);
}

function noNode(node: CdiDeviceNode): EstibaError {
  return new EstibaError("invalid", {
    reason: "cdi.no_device_node",
    what: `the CDI device node "${node.hostPath ?? node.path}" is not a device of this host`,
    fix: "load its driver, or make the CDI file anew with its vendor's tool",
  });
}

function unknownDevice(
  name: string,
  folders: readonly string[] | undefined,
  errors: readonly EstibaError[],
): EstibaError {
  const gpu = name.startsWith("nvidia.com/gpu=");
  return new EstibaError("not_found", {
    reason: "cdi.unknown_device",
    what: `no CDI file in ${cdiFolders(folders)} describes the device "${name}"`,
    ...(errors.length === 0 ? {} : { cause: errors.length === 1 ? errors[0] : new AggregateError(errors) }),
    fix: gpu
      ? "make one: nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"
      : "make one with the tool of the device's vendor, or name its folder: --cdi-spec-dir DIR",
  });
}
