import { capabilityNames } from "../../../oci/capability.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { SecuritySpec } from "../../../state/spec/security.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { devicesOf } from "./devices.ts";
import { applySecurityOption } from "./security-opt.ts";
import { keyValues } from "./values.ts";

/** Rights and devices of a container: options of `run` and `create`, as Podman names them. */
export const SECURITY_OPTIONS = {
  "cap-add": { kind: "list", value: "CAP", help: "Add a Linux capability (ALL for every one)" },
  "cap-drop": { kind: "list", value: "CAP", help: "Drop a Linux capability (ALL for every one)" },
  "cdi-spec-dir": { kind: "list", value: "DIR", help: "Folder of CDI files (default /etc/cdi and /var/run/cdi)" },
  "default-cap": { kind: "list", hidden: true, help: "A capability in place of the built-in ones (containers.conf)" },
  device: {
    kind: "list",
    value: "HOST[:CONTAINER[:PERMISSIONS]]",
    help: "Give the container a device of the host, a folder of them, or one by its CDI name",
    complete: "file",
  },
  "device-cgroup-rule": { kind: "list", value: "RULE", help: "Allow devices by number, such as 'c 42:* rmw'" },
  gpus: { kind: "list", value: "all|N", help: "Give it GPUs, by the CDI file of their driver" },
  privileged: { kind: "flag", help: "Give it all of the host's devices and rights" },
  "read-only": { kind: "flag", help: "Make the container's root read-only" },
  "read-only-tmpfs": { kind: "flag", on: true, help: "With --read-only, tmpfs on /run, /tmp and /var/tmp" },
  "security-opt": {
    kind: "list",
    value: "OPTION",
    help: "no-new-privileges, seccomp=unconfined|FILE, apparmor=unconfined|PROFILE, mask=PATHS, unmask=PATHS|ALL, proc-opts=OPTIONS, systempaths=unconfined, label=disable",
  },
  sysctl: { kind: "list", value: "NAME=VALUE", help: "Set a namespaced kernel parameter" },
} as const;

type SecurityValues = Values<typeof SECURITY_OPTIONS>;

/** Throws `invalid` naming the option or the capability, `unsupported` for labels of SELinux. */
export function securityOf(values: SecurityValues): Pick<ContainerSpec, "security" | "sysctls" | "devices"> {
  const { devices, ...more } = devicesOf(values);
  return {
    security: { ...rightsOf(values), ...more },
    sysctls: sysctlsOf(values.sysctl),
    devices,
  };
}

/** Throws `invalid` for what is not NAME=VALUE. */
export function sysctlsOf(list: readonly string[]): Record<string, string> {
  const wrong = list.find((text) => !/^[^=]+=/.test(text));
  if (wrong !== undefined)
    throw badOption("--sysctl", wrong, "NAME=VALUE", "for example --sysctl net.core.somaxconn=1024");
  return keyValues("--sysctl", list);
}

function rightsOf(values: SecurityValues): SecuritySpec {
  const security: SecuritySpec = {
    privileged: values.privileged,
    capAdd: capabilityNames(values["cap-add"]),
    capDrop: capabilityNames(values["cap-drop"]),
    ...(values["default-cap"].length === 0 ? {} : { capDefaults: capabilityNames(values["default-cap"]) }),
    readOnlyRoot: values["read-only"],
    readOnlyTmpfs: values["read-only-tmpfs"],
    noNewPrivileges: false,
    seccomp: "default",
    mask: [],
    unmask: [],
  };
  return values["security-opt"].reduce(applySecurityOption, security);
}
