import { plainSpec } from "../../engine/plain-spec.ts";
import type { PodSpec } from "../../engine/pod/create.ts";
import { present } from "../../lib/present.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { PodNamespace } from "../../state/pod.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { hostsFile } from "../container/options/identity.ts";
import { networkOf } from "../container/options/network.ts";
import { INFRA_CONFIG, labelsOf, podDefaults, podLimits, refuseGiven, restartOf, withInfraConfig } from "./config.ts";
import type { POD_CREATE_OPTIONS } from "./options.ts";
import { wantsInfra } from "./wants-infra.ts";

type PodValues = Values<typeof POD_CREATE_OPTIONS>;

/** What is shared unless something else is asked for. */
export const DEFAULT_SHARE: readonly PodNamespace[] = ["ipc", "net", "uts"];
const NAMESPACES: readonly string[] = ["cgroup", "ipc", "net", "pid", "user", "uts"];

/** What the flags of `pod create` ask for, checked. Throws `invalid` naming the option. */
export function podSpec(values: PodValues, name: string | undefined): PodSpec {
  const share = shareOf(values.share);
  const infra = wantsInfra(values);
  if (!infra) checkWithoutInfra(values);
  return {
    ...present({ name, restart: restartOf(values) }),
    labels: labelsOf(values),
    share: infra ? share : [],
    shareParent: values["share-parent"],
    exitPolicy: values["exit-policy"] === "stop" ? "stop" : "continue",
    resources: podLimits(values),
    defaults: podDefaults(values, { env: [], devices: [], security: {} }),
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
  const identity: ContainerSpec["identity"] = {
    ...present({ hostsFile: hostsFile(values["hosts-file"]) }),
    ...(values["no-hosts"] ? { noHosts: true } : {}),
    ...(values.dns.includes("none") ? { noResolvConf: true } : {}),
    ...(values["no-hostname"] ? { noHostname: true } : {}),
  };
  if (values["no-hosts"] && values["add-host"].length > 0)
    throw badOption("--no-hosts", "true", "possible together with --add-host", "leave out one of the two");
  const none = plainSpec({ image: values["infra-image"] ?? "", ...networkOf(values) });
  return {
    ...withInfraConfig(none, values),
    ...(Object.keys(identity).length === 0 ? {} : { identity }),
  };
}

/** What only an infra container that has a network of its own can hold. */
const HELD_BY_INFRA: readonly (keyof PodValues)[] = [
  ...INFRA_CONFIG,
  "add-host",
  "dns",
  "dns-option",
  "dns-search",
  "infra-image",
  "ip",
  "ip6",
  "mac-address",
  "network",
  "network-alias",
  "no-hosts",
  "publish",
];

function checkWithoutInfra(values: PodValues): void {
  refuseGiven(values, HELD_BY_INFRA, "leave out --infra=false");
  if (values.share !== undefined && values.share !== "none" && values.share !== "")
    throw badOption("--share", values.share, "possible without an infra container", "leave out --infra=false");
}
