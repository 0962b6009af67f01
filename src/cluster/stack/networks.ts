import type { Loaded } from "../../compose/load.ts";
import type { NetworkConfig } from "../../compose/project.ts";
import { refuseValue } from "../../compose/spec/context.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { NodeClient } from "../door/client.ts";
import type { NetworkSummary } from "../door/wire.ts";
import type { ClusterNetwork } from "../model/network.ts";
import { notEncrypted } from "../network/not-encrypted.ts";
import type { Deployed } from "./deploy.ts";
import { STACK_LABELS } from "./names.ts";

/** Has the networks of a stack be there. Throws `not_found` for an external one that is not, `unsupported` for what no network of the cluster can be. */
export async function* ensureNetworks(ask: NodeClient, loaded: Loaded): AsyncGenerator<Deployed> {
  for (const [key, config] of usedNetworks(loaded)) {
    if (config.external === true) {
      // One of each node's own will do, such as host.
      if (config.name !== "host") await ask("GET", `/networks/${encodeURIComponent(config.name)}`);
      continue;
    }
    const made = await createNetwork(ask, newNetwork(loaded, key, config));
    if (made !== undefined) yield { what: "Creating", kind: "network", name: config.name, id: made.id };
  }
}

/** Those that a deployment would make. */
export async function missingNetworks(ask: NodeClient, loaded: Loaded): Promise<string[]> {
  const there = new Set((await ask<NetworkSummary[]>("GET", "/networks")).map(({ network }) => network.name));
  const own = usedNetworks(loaded).filter(([, { external, name }]) => external !== true && !there.has(name));
  return own.map(([, { name }]) => name);
}

function usedNetworks({ project }: Loaded): [key: string, config: NetworkConfig][] {
  const used = new Set(Object.values(project.services).flatMap(({ networks = {} }) => Object.keys(networks)));
  return Object.entries(project.networks).filter(([key]) => used.has(key));
}

async function createNetwork(ask: NodeClient, asked: object): Promise<ClusterNetwork | undefined> {
  try {
    return await ask<ClusterNetwork>("POST", "/networks", asked);
  } catch (error) {
    if (isEstibaError(error, "conflict") && error.reason === "network.name_in_use") return undefined;
    throw error;
  }
}

function newNetwork(loaded: Loaded, key: string, config: NetworkConfig): object {
  const { driver = "overlay", ipam = {}, driver_opts = {}, internal = false, attachable = false, labels = {} } = config;
  const refuse = (part: string, why: string): Error => refuseValue(loaded, { path: ["networks", key, part], why });
  if (driver !== "overlay" && driver !== "default")
    throw refuse("driver", `"${driver}": networks between nodes are overlay`);
  if (Object.hasOwn(driver_opts, "encrypted")) throw notEncrypted();
  if (Object.keys(driver_opts).length > 0) throw refuse("driver_opts", "networks between nodes have none");
  const pools = ipam.config ?? [];
  const subnets = pools.flatMap(({ subnet }) => subnet ?? []);
  const six = subnets.filter((text) => text.includes(":"));
  const four = subnets.filter((text) => !text.includes(":"));
  if (six.length > 1 || four.length > 1) throw refuse("ipam", "a network between nodes has one subnet of a family");
  const [[subnet], [subnet6]] = [four, six];
  return {
    name: config.name,
    labels: { ...labels, [STACK_LABELS.stack]: loaded.project.name },
    options: {},
    internal,
    attachable,
    ipv6: config.enable_ipv6 === true,
    ...(subnet === undefined ? {} : { subnet }),
    ...(subnet6 === undefined ? {} : { subnet6 }),
  };
}
