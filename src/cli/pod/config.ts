import { plainSpec } from "../../engine/plain-spec.ts";
import { joinSecrets } from "../../engine/pod/inherit.ts";
import { lastOfEach } from "../../lib/last-of-each.ts";
import { present } from "../../lib/present.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { PodDefaults } from "../../state/pod.ts";
import type { Resources } from "../../state/spec/resources.ts";
import type { RestartPolicy } from "../../state/spec/restart.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { environmentOf, readEnvironmentFile } from "../container/environment.ts";
import { parseMount } from "../container/mount-option.ts";
import { parseVolume } from "../container/mounts.ts";
import { cgroupsOf } from "../container/options/cgroups.ts";
import { devicesOf } from "../container/options/devices.ts";
import { limitsOf } from "../container/options/limits.ts";
import { namespacesOf } from "../container/options/namespaces.ts";
import { parseRestartPolicy } from "../container/options/restart.ts";
import { sysctlsOf } from "../container/options/security.ts";
import { applySecurityOption } from "../container/options/security-opt.ts";
import { keyValues, sizeOf } from "../container/options/values.ts";
import { parseSecret } from "../container/secret-option.ts";
import { parseVolumesFrom } from "../container/volumes-from.ts";
import type { POD_CONFIG_OPTIONS } from "./options.ts";

/** What `pod create` and `pod clone` are told of a pod. */
export type ConfigValues = Values<typeof POD_CONFIG_OPTIONS>;

/** Throws `invalid` naming the option. */
export function labelsOf(values: ConfigValues): Record<string, string> {
  return keyValues("--label", [...values["label-file"].flatMap(readEnvironmentFile), ...values.label]);
}

export function restartOf({ restart }: ConfigValues): RestartPolicy | undefined {
  return restart === undefined ? undefined : parseRestartPolicy(restart);
}

/** Limits of the pod's cgroup, and where it lies: what was given and no more. Throws `invalid` naming the option. */
export function podLimits(values: ConfigValues): Resources {
  return {
    ...limitsOf(values),
    ...cgroupsOf({ "cgroup-conf": [], "cgroup-parent": values["cgroup-parent"], cgroups: undefined }),
  };
}

/** What members get unless they say something else: what was there before, and what is given. Throws `invalid` naming the option. */
export function podDefaults(values: ConfigValues, before: PodDefaults): PodDefaults {
  const { devices, deviceRules } = devicesOf({ ...values, "cdi-spec-dir": [] });
  const secrets = joinSecrets(values.secret.map(parseSecret), before.secrets);
  const rules = [...(before.security.deviceRules ?? []), ...(deviceRules ?? [])];
  return {
    env: lastOfEach([...before.env, ...environmentOf(values.env, values["env-file"])]),
    devices: [...before.devices, ...devices],
    ...(secrets.length === 0 ? {} : { secrets }),
    security: { ...securityOf(values, before.security), ...(rules.length === 0 ? {} : { deviceRules: rules }) },
  };
}

function securityOf(values: ConfigValues, before: PodDefaults["security"]): PodDefaults["security"] {
  const none = plainSpec({ image: "" }).security;
  const { noNewPrivileges, seccomp, apparmor, mask, unmask, procOptions } = values["security-opt"].reduce(
    applySecurityOption,
    { ...none, ...before },
  );
  const { capAdd, capDrop } = before;
  return {
    ...(noNewPrivileges ? { noNewPrivileges } : {}),
    ...(seccomp === none.seccomp ? {} : { seccomp }),
    ...present({ apparmor, procOptions, capAdd, capDrop }),
    ...(mask.length === 0 ? {} : { mask }),
    ...(unmask.length === 0 ? {} : { unmask }),
  };
}

/** What only an infra container can hold. */
export const INFRA_CONFIG: readonly (keyof ConfigValues)[] = [
  "cgroupns",
  "gidmap",
  "hostname",
  "infra-command",
  "infra-conmon-pidfile",
  "infra-name",
  "ipc",
  "mount",
  "pid",
  "shm-size",
  "subgidname",
  "subuidname",
  "sysctl",
  "uidmap",
  "userns",
  "uts",
  "volume",
  "volumes-from",
];

/** Namespaces that members without an infra container have for themselves: to ask for them is no more than Podman's clients always do. */
const OWN_ANYWAY: ReadonlySet<string> = new Set(["ipc", "pid", "uts"]);

/** Throws `invalid` for the first of the options that was given: there is no infra container. */
export function refuseGiven<Option extends string>(
  values: Readonly<Record<Option, unknown>>,
  options: readonly Option[],
  fix: string,
): void {
  const given = options.find((option) => {
    const value = values[option];
    if (value === "private" && OWN_ANYWAY.has(option)) return false;
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (given !== undefined)
    throw badOption(`--${given}`, String(values[given]), "possible without an infra container", fix);
}

/** An infra container with what was given, which counts before what it has. Throws `invalid` naming the option. */
export function withInfraConfig(infra: ContainerSpec, values: ConfigValues): ContainerSpec {
  const shmBytes = sizeOf("--shm-size", values["shm-size"]);
  const words = (values["infra-command"] ?? "").split(" ").filter((word) => word !== "");
  const monitorPidFile = values["infra-conmon-pidfile"];
  const mounts = [...values.volume.map(parseVolume), ...values.mount.flatMap(parseMount)];
  const targets = new Set(mounts.map(({ target }) => target));
  const volumesFrom = [...(infra.volumesFrom ?? []), ...values["volumes-from"].map(parseVolumesFrom)];
  const namespaces = { ...infra.namespaces, ...namespacesOf(values).namespaces };
  const { hostname: before, ...kept } = infra;
  // With the host's UTS namespace there is none to choose.
  const hostname = values.hostname ?? (values.uts === "host" ? undefined : before);
  return {
    ...kept,
    ...present({ name: values["infra-name"] ?? infra.name, hostname }),
    ...(words.length === 0 ? {} : { entrypoint: words }),
    ...(Object.keys(namespaces).length === 0 ? {} : { namespaces }),
    mounts: [...infra.mounts.filter(({ target }) => !targets.has(target)), ...mounts],
    ...(volumesFrom.length === 0 ? {} : { volumesFrom }),
    sysctls: { ...infra.sysctls, ...sysctlsOf(values.sysctl) },
    resources: { ...infra.resources, ...(shmBytes === undefined ? {} : { shmBytes }) },
    ...(monitorPidFile === undefined ? {} : { process: { ...infra.process, monitorPidFile } }),
  };
}
