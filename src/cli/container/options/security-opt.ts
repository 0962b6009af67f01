import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { EstibaError } from "../../../lib/error.ts";
import type { SecuritySpec } from "../../../state/spec/security.ts";
import { badOption } from "../bad-option.ts";

const SUPPORTED =
  "supported: no-new-privileges, seccomp=unconfined|builtin|FILE, apparmor=unconfined|PROFILE, mask=PATHS, unmask=PATHS|ALL, proc-opts=OPTIONS, systempaths=unconfined, label=disable";

/** One `--security-opt`, joined to what came before. Throws `invalid` for one that is unknown or malformed, `unsupported` for labels. */
export function applySecurityOption(security: SecuritySpec, text: string): SecuritySpec {
  const [, name = text, value = ""] = /^([^=:]+)[=:](.*)$/s.exec(text) ?? [];
  switch (name) {
    case "no-new-privileges":
      if (!["", "true", "false"].includes(value))
        throw badSecurityOption(text, "no-new-privileges, with true or false");
      return { ...security, noNewPrivileges: value !== "false" };
    case "seccomp":
      return { ...security, seccomp: seccompProfile(text, value) };
    case "apparmor":
      if (!/^[\w.\-/]+$/.test(value)) throw badSecurityOption(text, "apparmor=unconfined|PROFILE");
      return { ...security, apparmor: value };
    case "mask":
      return { ...security, mask: [...security.mask, ...paths(text, value)] };
    case "unmask":
      return {
        ...security,
        unmask: [...security.unmask, ...(value.toUpperCase() === "ALL" ? ["ALL"] : paths(text, value))],
      };
    case "systempaths":
      if (value !== "unconfined") throw badSecurityOption(text, "systempaths=unconfined");
      return { ...security, unmask: [...security.unmask, "ALL"] };
    case "proc-opts":
      return { ...security, procOptions: procOptions(text, value) };
    case "label":
      // Nothing is labelled here anyway.
      if (value === "disable") return security;
      throw noLabels(text);
    default:
      throw badOption("--security-opt", text, "supported", SUPPORTED);
  }
}

function seccompProfile(text: string, value: string): string {
  if (value === "unconfined") return value;
  if (value === "builtin" || value === "default") return "builtin";
  const path = resolve(value);
  if (value !== "" && existsSync(path)) return path;
  throw badSecurityOption(text, "seccomp=unconfined|builtin, or the path of a profile that is there");
}

function paths(text: string, value: string): string[] {
  const list = value.split(":").filter((path) => path !== "");
  if (list.length > 0 && list.every((path) => path.startsWith("/"))) return list;
  throw badSecurityOption(text, "a list of absolute paths with colons between them");
}

function procOptions(text: string, value: string): string[] {
  const list = value.split(",");
  if (list.every((option) => /^[a-z]+(=\w+)?$/.test(option))) return list;
  throw badSecurityOption(text, "proc-opts=OPTIONS, for example proc-opts=nosuid,hidepid=2");
}

function badSecurityOption(text: string, wanted: string): EstibaError {
  return badOption("--security-opt", text, wanted);
}

function noLabels(text: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "container.no_labels",
    what: `--security-opt: "${text}" needs SELinux, whose labels Estiba does not set`,
    fix: "leave it out, or confine the container otherwise: --security-opt apparmor=PROFILE, seccomp=FILE",
  });
}
