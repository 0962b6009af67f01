import { resolve } from "node:path";
import type { ContainerSpec } from "../../../state/container.ts";
import type { SecuritySpec } from "../../../state/spec/security.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { keyValues } from "./values.ts";

/** Rights and devices of a container: options of `run` and `create`, as Podman names them. */
export const SECURITY_OPTIONS = {
  "cap-add": { kind: "list", value: "CAP", help: "Add a Linux capability (ALL for every one)" },
  "cap-drop": { kind: "list", value: "CAP", help: "Drop a Linux capability (ALL for every one)" },
  device: {
    kind: "list",
    value: "HOST[:CONTAINER]",
    help: "Give the container a device of the host",
    complete: "file",
  },
  privileged: { kind: "flag", help: "Give it all of the host's devices and rights" },
  "read-only": { kind: "flag", help: "Make the container's root read-only" },
  "read-only-tmpfs": { kind: "flag", on: true, help: "With --read-only, tmpfs on /run, /tmp and /var/tmp" },
  "security-opt": {
    kind: "list",
    value: "OPTION",
    help: "no-new-privileges, seccomp=unconfined|FILE, mask=PATHS, unmask=PATHS|ALL",
  },
  sysctl: { kind: "list", value: "NAME=VALUE", help: "Set a namespaced kernel parameter" },
} as const;

type SecurityValues = Values<typeof SECURITY_OPTIONS>;

export function securityOf(values: SecurityValues): Pick<ContainerSpec, "security" | "sysctls" | "devices"> {
  return {
    security: rightsOf(values),
    sysctls: keyValues("--sysctl", values.sysctl),
    devices: values.device,
  };
}

function rightsOf(values: SecurityValues): SecuritySpec {
  let security: SecuritySpec = {
    privileged: values.privileged,
    capAdd: values["cap-add"],
    capDrop: values["cap-drop"],
    readOnlyRoot: values["read-only"],
    readOnlyTmpfs: values["read-only-tmpfs"],
    noNewPrivileges: false,
    seccomp: "default",
    mask: [],
    unmask: [],
  };
  for (const text of values["security-opt"]) security = applySecurityOption(security, text);
  return security;
}

function applySecurityOption(security: SecuritySpec, text: string): SecuritySpec {
  const [, name = text, value = ""] = /^([^=:]+)[=:](.*)$/.exec(text) ?? [];
  switch (name) {
    case "no-new-privileges":
      return { ...security, noNewPrivileges: value !== "false" };
    case "seccomp":
      return { ...security, seccomp: value === "unconfined" ? value : resolve(value) };
    case "mask":
      return { ...security, mask: [...security.mask, ...value.split(":")] };
    case "unmask":
      return {
        ...security,
        unmask: [...security.unmask, ...(value.toUpperCase() === "ALL" ? ["ALL"] : value.split(":"))],
      };
    default:
      throw badOption(
        "--security-opt",
        text,
        "supported",
        "supported: no-new-privileges, seccomp=unconfined|FILE, mask=PATHS, unmask=PATHS|ALL",
      );
  }
}
