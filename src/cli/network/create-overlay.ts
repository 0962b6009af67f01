import { createClusterNetwork } from "../../cluster/door/networks.ts";
import { notEncrypted } from "../../cluster/network/not-encrypted.ts";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { keyValues } from "../container/options/values.ts";

type OverlayValues = Readonly<
  Record<"subnet" | "label" | "opt" | "gateway" | "ip-range" | "dns" | "route", readonly string[]>
> &
  Readonly<Record<"internal" | "ignore" | "ipv6" | "ipv4" | "disable-dns" | "attachable", boolean>> & {
    readonly "interface-name": string | undefined;
    readonly "ipam-driver": string | undefined;
  };

/** Creates a network of the cluster, and gives its name. Throws `unsupported` naming an option that means nothing between nodes. */
export async function createOverlay(engine: Engine, values: OverlayValues, name: string | undefined): Promise<string> {
  if (values.opt.some((text) => text.split("=")[0] === "encrypted")) throw notEncrypted();
  const six = values.subnet.filter((text) => text.includes(":"));
  const four = values.subnet.filter((text) => !text.includes(":"));
  const own: Readonly<Record<string, boolean>> = {
    "--gateway": values.gateway.length > 0,
    "--ip-range": values["ip-range"].length > 0,
    "--dns": values.dns.length > 0,
    "--route": values.route.length > 0,
    "--opt": values.opt.length > 0,
    "--ipv4=false": !values.ipv4,
    "--disable-dns": values["disable-dns"],
    "--interface-name": values["interface-name"] !== undefined,
    "--ipam-driver": values["ipam-driver"] !== undefined && values["ipam-driver"] !== "default",
    "a second --subnet of one family": four.length > 1 || six.length > 1,
  };
  const wrong = Object.entries(own).find(([, isGiven]) => isGiven)?.[0];
  if (wrong !== undefined) {
    throw new EstibaError("unsupported", {
      reason: "network.not_for_overlay",
      what: `${wrong} cannot be used for a network of the cluster`,
      fix: "such a network has one IPv4 --subnet, with --ipv6 one of IPv6, names, and may be --internal; leave the option out",
    });
  }
  const [[subnet], [subnet6]] = [four, six];
  const asked = {
    name: name ?? `network-${crypto.randomUUID().slice(0, 8)}`,
    labels: keyValues("--label", values.label),
    options: {},
    internal: values.internal,
    attachable: values.attachable,
    ipv6: values.ipv6,
    ...(subnet === undefined ? {} : { subnet }),
    ...(subnet6 === undefined ? {} : { subnet6 }),
  };
  try {
    return (await createClusterNetwork(engine, asked)).name;
  } catch (error) {
    const isThere = isEstibaError(error, "conflict") && error.reason === "network.name_in_use";
    if (values.ignore && isThere) return asked.name;
    throw error;
  }
}
