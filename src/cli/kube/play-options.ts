import { resolve } from "node:path";
import type { PlayOptions } from "../../kube/plan/pod.ts";
import { KUBE_NETWORK } from "../../kube/play/network.ts";
import { present } from "../../lib/present.ts";
import { parsePort } from "../../network/parse-port.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { checkAttachment } from "../container/options/attachment.ts";
import { logOf } from "../container/options/log.ts";
import { networksOf } from "../container/options/network.ts";
import { userNamespaceOf } from "../container/options/user-namespace.ts";
import { keyValues } from "../container/options/values.ts";
import type { PLAY_OPTIONS } from "./options.ts";

/** Podman's. */
const SECCOMP_ROOT = "/var/lib/kubelet/seccomp";

/** What the flags say of all pods. Throws `invalid` naming the option. */
export function playOptions(values: Values<typeof PLAY_OPTIONS>): PlayOptions {
  const { network, networks } = chosenNetworks(values.network);
  const addresses = addressesOf(values);
  if (addresses.length > 0 && network !== "bridge")
    throw badOption("--ip", values.ip[0] ?? values["mac-address"][0] ?? "", `possible with --network ${network}`);
  return {
    annotations: keyValues("--annotation", values.annotation),
    network,
    networks,
    addresses,
    publish: values.publish.map((text) => parsePort(text)),
    publishAll: values["publish-all"],
    noHosts: values["no-hosts"],
    noHostname: values["no-hostname"],
    userns: userNamespaceOf({
      userns: values.userns,
      uidmap: [],
      gidmap: [],
      subuidname: undefined,
      subgidname: undefined,
    }),
    ...logOf(values),
  };
}

/** Where localhostProfile of a seccomp profile begins. */
export function seccompRoot(values: Values<typeof PLAY_OPTIONS>): string {
  return resolve(values["seccomp-profile-root"] ?? SECCOMP_ROOT);
}

function chosenNetworks(texts: readonly string[]): Pick<PlayOptions, "network" | "networks"> {
  if (texts.length === 0) return { network: "bridge", networks: [{ network: KUBE_NETWORK }] };
  const { network, networks } = networksOf({
    network: [...texts],
    ip: undefined,
    ip6: undefined,
    "mac-address": undefined,
    "network-alias": [],
  });
  return { network, networks: networks ?? (network === "bridge" ? [{ network: "bridge" }] : []) };
}

function addressesOf({ ip, "mac-address": macs }: Values<typeof PLAY_OPTIONS>): PlayOptions["addresses"] {
  const count = Math.max(ip.length, macs.length);
  return Array.from({ length: count }, (_, index) => {
    const family = ip[index]?.includes(":") === true ? "ipv6" : "ipv4";
    const { network: _none, ...address } = checkAttachment({ network: "", [family]: ip[index], mac: macs[index] });
    return present(address);
  });
}
