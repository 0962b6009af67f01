import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isEstibaError } from "../../lib/error.ts";
import { capabilityNames } from "../../oci/capability.ts";
import { isCdiName, parseDevice, parseDeviceRule } from "../../runtime/spec-devices.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";
import type { DeviceRequest } from "../deploy.ts";
import { refuseAttribute, type SpecContext } from "./context.ts";

/** Compose files are written for what Docker gives: beside Podman's these are MKNOD, NET_RAW (ping) and AUDIT_WRITE. */
const DOCKER_CAPABILITIES: readonly string[] = capabilityNames([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const GPU_KIND = "nvidia.com/gpu";

/** Rights and devices of a service's container. */
export function securityPart(context: SpecContext): Pick<ContainerSpec, "security" | "sysctls" | "devices"> {
  const { service } = context;
  const rules = service.device_cgroup_rules ?? [];
  for (const [index, rule] of rules.entries()) {
    if (parseDeviceRule(rule) === undefined)
      throw refuseAttribute(context, {
        path: ["device_cgroup_rules", index],
        why: `"${rule}" is not TYPE MAJOR:MINOR PERMISSIONS`,
        fix: "for example: c 42:* rmw",
      });
  }
  const security: SecuritySpec = {
    privileged: service.privileged ?? false,
    capAdd: capabilities(context, "cap_add"),
    capDrop: capabilities(context, "cap_drop"),
    capDefaults: DOCKER_CAPABILITIES,
    readOnlyRoot: service.read_only ?? false,
    // As with docker compose: only what the file mounts can be written.
    readOnlyTmpfs: false,
    noNewPrivileges: false,
    seccomp: "default",
    mask: [],
    unmask: [],
    ...(rules.length === 0 ? {} : { deviceRules: rules }),
  };
  const options = [...(service.security_opt ?? []).entries()];
  return {
    security: options.reduce((joined, [index, text]) => withOption(context, joined, { index, text }), security),
    sysctls: service.sysctls ?? {},
    devices: [...devicesOf(context), ...gpusOf(context)],
  };
}

function capabilities(context: SpecContext, key: "cap_add" | "cap_drop"): string[] {
  try {
    return [...capabilityNames(context.service[key] ?? [])];
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    throw refuseAttribute(context, { path: [key], why: error.message });
  }
}

type Option = { readonly index: number; readonly text: string };

function withOption(context: SpecContext, security: SecuritySpec, { index, text }: Option): SecuritySpec {
  const [, name = text, value = ""] = /^([^=:]+)[=:](.*)$/s.exec(text) ?? [];
  const bad = (why: string): Error => refuseAttribute(context, { path: ["security_opt", index], why });
  switch (name) {
    case "no-new-privileges":
      return { ...security, noNewPrivileges: value !== "false" };
    case "seccomp": {
      if (value === "unconfined") return { ...security, seccomp: value };
      if (value === "builtin" || value === "default") return security;
      const path = resolve(context.loaded.projectDirectory, value);
      if (!existsSync(path)) throw bad(`there is no profile ${path}`);
      return { ...security, seccomp: path };
    }
    case "apparmor":
      return { ...security, apparmor: value };
    case "systempaths":
      if (value !== "unconfined") throw bad("only systempaths=unconfined is known");
      return { ...security, unmask: [...security.unmask, "ALL"] };
    case "label":
      // Nothing is labelled here.
      if (value === "disable") return security;
      throw bad("needs SELinux, whose labels Estiba does not set");
    default:
      throw bad(
        `"${text}" is not known: no-new-privileges, seccomp, apparmor, systempaths=unconfined, label:disable are`,
      );
  }
}

function devicesOf(context: SpecContext): string[] {
  return (context.service.devices ?? []).map(({ source, target = source, permissions = "rwm" }, index) => {
    if (isCdiName(source)) return source;
    const text = `${source}:${target}:${permissions}`;
    if (parseDevice(text) !== undefined) return text;
    throw refuseAttribute(context, {
      path: ["devices", index],
      why: `"${text}" is not HOST[:CONTAINER[:PERMISSIONS]]`,
    });
  });
}

function gpusOf(context: SpecContext): string[] {
  const { gpus = [], deploy } = context.service;
  const reserved = deploy?.resources?.reservations?.devices ?? [];
  return [
    ...gpus.flatMap((request, index) => cdiNames(context, request, ["gpus", index])),
    ...reserved.flatMap((request, index) =>
      cdiNames(context, request, ["deploy", "resources", "reservations", "devices", index]),
    ),
  ];
}

function cdiNames(context: SpecContext, request: DeviceRequest, path: readonly (string | number)[]): string[] {
  const { driver, count, device_ids: ids, capabilities: wanted = [] } = request;
  if (driver === "cdi") return [...(ids ?? [])];
  if ((driver !== undefined && driver !== "nvidia") || !wanted.includes("gpu")) {
    throw refuseAttribute(context, {
      path,
      why: "only GPUs of the driver nvidia, and devices by their CDI names, can be given",
      fix: "write driver: cdi with device_ids, or capabilities: [gpu]",
    });
  }
  if (ids !== undefined) return ids.map((id) => `${GPU_KIND}=${id}`);
  if (count === undefined || count < 0) return [`${GPU_KIND}=all`];
  return Array.from({ length: count }, (_, index) => `${GPU_KIND}=${index}`);
}
