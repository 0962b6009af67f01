import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { listDevices, readDevice } from "../host/devices.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import type { SpecDevice, SpecDeviceRule } from "../oci/runtime-spec.ts";
import type { SecuritySpec } from "../state/spec/security.ts";

/** The device nodes of a container, and what its cgroup lets it do with devices. */
export type PlannedDevices = { readonly devices: readonly SpecDevice[]; readonly rules: SpecDeviceRule[] };

export type DeviceRequest = { readonly source: string; readonly target: string; readonly access: string };

/** A device node with what may be done with it. */
export type GrantedDevice = SpecDevice & { readonly access: string };

const EVERYTHING = "rwm";
// CDI: vendor/class=name; source: container-device-interface SPEC.md, "kind" and device "name".
const CDI_NAME = /^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*=[A-Za-z0-9][\w.:-]*$/;

/** Whether it names a device by CDI, such as `vendor.com/class=name`, and not by a path. */
export function isCdiName(text: string): boolean {
  return CDI_NAME.test(text);
}

/** `HOST[:CONTAINER[:PERMISSIONS]]`, or `HOST:PERMISSIONS`; undefined for what is none of these. */
export function parseDevice(text: string): DeviceRequest | undefined {
  const [source = "", second, third, ...more] = text.split(":");
  const onlyAccess = third === undefined && second !== undefined && isAccess(second);
  const target = onlyAccess || second === undefined ? source : second;
  const access = onlyAccess ? second : (third ?? EVERYTHING);
  const isSound = source.startsWith("/") && target.startsWith("/") && isAccess(access) && more.length === 0;
  return isSound ? { source, target, access } : undefined;
}

/** A rule of the device cgroup as `c 42:* rmw`; undefined for what is none. Source: the kernel's cgroup-v1/devices.rst. */
export function parseDeviceRule(text: string): SpecDeviceRule | undefined {
  const match = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text.trim());
  if (match === null) return undefined;
  const [, type, major, minor, access = ""] = match;
  return {
    allow: true,
    type: type as "a" | "c" | "b",
    ...(major === "*" ? {} : { major: Number(major) }),
    ...(minor === "*" ? {} : { minor: Number(minor) }),
    access,
  };
}

/**
 * The devices by path, all of the host's for a privileged container, and those that CDI files give; of several at one path the last counts.
 * Throws `invalid` for a path that is no device of this host, nor a folder with some.
 */
export function planDevices(
  security: SecuritySpec,
  paths: readonly string[],
  fromCdi: readonly GrantedDevice[],
): PlannedDevices {
  const named = paths.filter((text) => !isCdiName(text)).flatMap(grantedDevices);
  const all = security.privileged ? listDevices("/dev") : [];
  const granted = [...named, ...fromCdi];
  const byPath = new Map<string, SpecDevice>();
  for (const device of all) byPath.set(device.path, device);
  for (const { access: _, ...device } of granted) byPath.set(device.path, device);
  return { devices: [...byPath.values()], rules: deviceRules(security, granted) };
}

function grantedDevices(text: string): GrantedDevice[] {
  const request = parseDevice(text);
  const real = request === undefined ? undefined : realPath(request.source);
  if (request === undefined || real === undefined) throw noDevice(text);
  const { target, access } = request;
  if (statSync(real).isDirectory()) {
    const found = listDevices(real);
    if (found.length === 0) throw noDevice(request.source);
    return found.map((device) => ({ ...device, path: join(target, device.path.slice(real.length)), access }));
  }
  const device = readDevice(real);
  if (device === undefined) throw noDevice(request.source);
  return [{ ...device, path: target, access }];
}

function deviceRules({ privileged, deviceRules: added = [] }: SecuritySpec, granted: readonly GrantedDevice[]) {
  if (privileged) return [{ allow: true, access: EVERYTHING }];
  const rules: SpecDeviceRule[] = granted
    .filter(({ type }) => type === "c" || type === "b" || type === "u")
    .map(({ type, major, minor, access }) => ({
      allow: true,
      type: type === "b" ? "b" : "c",
      ...(major === undefined ? {} : { major }),
      ...(minor === undefined ? {} : { minor }),
      access,
    }));
  return [
    { allow: false, access: EVERYTHING },
    ...rules,
    ...added.map(parseDeviceRule).filter((rule) => rule !== undefined),
  ];
}

function isAccess(text: string): boolean {
  return /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function noDevice(path: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.no_device",
    what: `"${path}" is not a device of this host`,
    fix: "see: ls -l /dev",
  });
}
