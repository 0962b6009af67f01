import { plainSpec } from "../../engine/plain-spec.ts";
import type { PodSpec } from "../../engine/pod/create.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { PodNamespace, PodRecord } from "../../state/pod.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { environmentOf, readEnvironmentFile } from "../container/environment.ts";
import { parseMount } from "../container/mount-option.ts";
import { parseVolume } from "../container/mounts.ts";
import { cgroupsOf } from "../container/options/cgroups.ts";
import { devicesOf } from "../container/options/devices.ts";
import { hostsFile } from "../container/options/identity.ts";
import { limitsOf } from "../container/options/limits.ts";
import { namespacesOf } from "../container/options/namespaces.ts";
import { networkOf } from "../container/options/network.ts";
import { parseRestartPolicy } from "../container/options/restart.ts";
import { sysctlsOf } from "../container/options/security.ts";
import { applySecurityOption } from "../container/options/security-opt.ts";
import { keyValues, present, sizeOf } from "../container/options/values.ts";
import { parseSecret } from "../container/secret-option.ts";
import { parseVolumesFrom } from "../container/volumes-from.ts";
import type { POD_CREATE_OPTIONS } from "./options.ts";

type PodValues = Values<typeof POD_CREATE_OPTIONS>;

/** What is shared unless something else is asked for. */
export const DEFAULT_SHARE: readonly PodNamespace[] = ["ipc", "net", "uts"];
const NAMESPACES: readonly string[] = ["cgroup", "ipc", "net", "pid", "user", "uts"];

/** What the flags of `pod create` ask for, checked. Throws `invalid` naming the option. */
export function podSpec(values: PodValues, name: string | undefined): PodSpec {
  const share = shareOf(values.share);
  // Where nothing is shared there is nothing to hold, unless it is asked for.
  const infra = values.infra === "true" || (values.infra !== "false" && share.length > 0);
  if (!infra) checkWithoutInfra(values);
  const { devices, deviceRules } = devicesOf({ ...values, "cdi-spec-dir": [] });
  const restart = values.restart === undefined ? undefined : parseRestartPolicy(values.restart);
  return {
    ...present({ name, restart }),
    labels: keyValues("--label", [...values["label-file"].flatMap(readEnvironmentFile), ...values.label]),
    share: infra ? share : [],
    shareParent: values["share-parent"],
    exitPolicy: values["exit-policy"] === "stop" ? "stop" : "continue",
    resources: {
      ...limitsOf(values),
      ...cgroupsOf({ "cgroup-conf": [], "cgroup-parent": values["cgroup-parent"], cgroups: undefined }),
    },
    defaults: {
      env: environmentOf(values.env, values["env-file"]),
      devices,
      ...(values.secret.length === 0 ? {} : { secrets: values.secret.map(parseSecret) }),
      security: { ...securityOf(values), ...(deviceRules === undefined ? {} : { deviceRules }) },
    },
    createCommand: [process.argv0, ...process.argv.slice(2)],
    infra: infra ? infraOf(values) : undefined,
  };
}

/** `ipc,net`, `+pid` for more than the default, `none`. Throws `invalid`, in Podman's words. */
function shareOf(text: string | undefined): PodNamespace[] {
  if (text === undefined) return [...DEFAULT_SHARE];
  if (text === "none" || text === "") return [];
  const words = text.replace(/^\+/, "").split(",");
  const wrong = words.find((word) => !NAMESPACES.includes(word));
  if (wrong !== undefined) {
    throw badOption("--share", wrong, "a kernel namespace to share", `options are: ${NAMESPACES.join(", ")} or none`);
  }
  return [...new Set([...(text.startsWith("+") ? DEFAULT_SHARE : []), ...(words as PodNamespace[])])];
}

function infraOf(values: PodValues): ContainerSpec {
  const volumesFrom = values["volumes-from"].map(parseVolumesFrom);
  const shmBytes = sizeOf("--shm-size", values["shm-size"]);
  const words = (values["infra-command"] ?? "").split(" ").filter((word) => word !== "");
  const monitorPidFile = values["infra-conmon-pidfile"];
  const identity: ContainerSpec["identity"] = {
    ...present({ hostsFile: hostsFile(values["hosts-file"]) }),
    ...(values["no-hosts"] ? { noHosts: true } : {}),
    ...(values["no-hostname"] ? { noHostname: true } : {}),
  };
  if (values["no-hosts"] && values["add-host"].length > 0)
    throw badOption("--no-hosts", "true", "possible together with --add-host", "leave out one of the two");
  return plainSpec({
    image: values["infra-image"] ?? "",
    ...present({ name: values["infra-name"], hostname: values.hostname }),
    ...(words.length === 0 ? {} : { entrypoint: words }),
    ...networkOf(values),
    ...namespacesOf(values),
    mounts: [...values.volume.map(parseVolume), ...values.mount.flatMap(parseMount)],
    ...(volumesFrom.length === 0 ? {} : { volumesFrom }),
    sysctls: sysctlsOf(values.sysctl),
    ...(shmBytes === undefined ? {} : { resources: { shmBytes } }),
    ...(Object.keys(identity).length === 0 ? {} : { identity }),
    ...(monitorPidFile === undefined ? {} : { process: { monitorPidFile } }),
  });
}

function securityOf(values: PodValues): PodRecord["defaults"]["security"] {
  const none = plainSpec({ image: "" }).security;
  const { noNewPrivileges, seccomp, apparmor, mask, unmask, procOptions } = values["security-opt"].reduce(
    applySecurityOption,
    none,
  );
  return {
    ...(noNewPrivileges ? { noNewPrivileges } : {}),
    ...(seccomp === none.seccomp ? {} : { seccomp }),
    ...present({ apparmor, procOptions }),
    ...(mask.length === 0 ? {} : { mask }),
    ...(unmask.length === 0 ? {} : { unmask }),
  };
}

/** What only an infra container can hold. */
const HELD_BY_INFRA = [
  "add-host",
  "dns",
  "dns-option",
  "dns-search",
  "hostname",
  "infra-command",
  "infra-image",
  "infra-name",
  "infra-conmon-pidfile",
  "ip",
  "ip6",
  "mac-address",
  "mount",
  "network",
  "network-alias",
  "no-hosts",
  "pid",
  "publish",
  "shm-size",
  "sysctl",
  "userns",
  "uts",
  "volume",
  "volumes-from",
] as const satisfies readonly (keyof PodValues)[];

function checkWithoutInfra(values: PodValues): void {
  const given = HELD_BY_INFRA.find((option) => {
    const value = values[option];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (given !== undefined)
    throw badOption(
      `--${given}`,
      String(values[given]),
      "possible without an infra container",
      "leave out --infra=false",
    );
  if (values.share !== undefined && values.share !== "none" && values.share !== "")
    throw badOption("--share", values.share, "possible without an infra container", "leave out --infra=false");
}
