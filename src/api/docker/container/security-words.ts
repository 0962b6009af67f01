import { badRequest } from "../../http/api-error.ts";
import type { Fields } from "../fields.ts";
import { flag, option, options, pairs } from "./words.ts";

/** Rights, namespaces and devices as options of `create`. */
export function securityWords(host: Fields): string[] {
  return [
    ...flag("privileged", host.flag("Privileged")),
    ...flag("read-only", host.flag("ReadonlyRootfs")),
    // Docker's read-only root has no places of its own to write to.
    "--read-only-tmpfs=false",
    ...options("cap-add", host.texts("CapAdd")),
    ...options("cap-drop", host.texts("CapDrop")),
    ...options("security-opt", host.texts("SecurityOpt").map(securityText)),
    ...pathWords(host),
    ...namespaceWords(host),
    ...pairs("sysctl", host.map("Sysctls")),
    ...options("device", host.list("Devices").map(deviceText)),
    ...options("device-cgroup-rule", host.texts("DeviceCgroupRules")),
    ...host.list("DeviceRequests").flatMap(requestWords),
  ];
}

// An older form has a colon.
function securityText(text: string): string {
  if (/^(seccomp=|seccomp:)\s*\{/.test(text))
    throw badRequest(
      "a seccomp profile in the request is not supported: name a file on the engine's host by seccomp=/PATH",
    );
  return /^(seccomp|apparmor|label|no-new-privileges):/.test(text) ? text.replace(":", "=") : text;
}

// `systempaths=unconfined` arrives as two empty lists.
function pathWords(host: Fields): string[] {
  const [masked, readOnly] = [host.texts("MaskedPaths"), host.texts("ReadonlyPaths")];
  if (readOnly.length > 0) throw badRequest("ReadonlyPaths cannot be chosen: they are the default ones, or none");
  if (masked.length > 0) return ["--security-opt=unmask=ALL", `--security-opt=mask=${masked.join(":")}`];
  return host.has("MaskedPaths") && host.has("ReadonlyPaths") ? ["--security-opt=unmask=ALL"] : [];
}

function namespaceWords(host: Fields): string[] {
  return [
    ...option("ipc", host.text("IpcMode")),
    ...option("pid", host.text("PidMode")),
    ...option("uts", host.text("UTSMode")),
    ...option("userns", host.text("UsernsMode")),
    ...option("cgroupns", host.text("CgroupnsMode")),
  ];
}

function deviceText(device: Fields): string {
  const source = device.text("PathOnHost") ?? "";
  const access = device.text("CgroupPermissions");
  return `${source}:${device.text("PathInContainer") ?? source}${access === undefined ? "" : `:${access}`}`;
}

function requestWords(request: Fields): string[] {
  const ids = request.texts("DeviceIDs");
  if (request.text("Driver") === "cdi") return options("device", ids);
  if (ids.length > 0) return options("gpus", ids);
  const count = request.integer("Count") ?? 0;
  if (count < 0) return ["--gpus=all"];
  return Array.from({ length: count }, (_, index) => `--gpus=${index}`);
}
