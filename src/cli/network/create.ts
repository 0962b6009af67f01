import { createNetwork } from "../../engine/network/create.ts";
import { EstibaError } from "../../lib/error.ts";
import type { AskedSubnet } from "../../network/subnets.ts";
import type { NetworkDriver, StaticRoute } from "../../state/networks.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { keyValues } from "../container/options/values.ts";

import { nameserversOf } from "./nameservers.ts";

const BRIDGE_NAME = "com.docker.network.bridge.name";

export const command: Command = defineCommand({
  name: "network create",
  summary: "Create a network",
  usage: "[OPTIONS] [NAME]",
  description:
    "A bridge of its own, whose containers reach each other, and the world by the host's address. Other networks are\nkept away from it, unless --opt isolate=false opens it. Options: mtu, metric, isolate (true, false, strict),\nno_default_route, vlan, mode (managed, unmanaged: on a bridge that others have made), and Docker's\ncom.docker.network.driver.mtu, com.docker.network.container_iface_prefix,\ncom.docker.network.bridge.name, .enable_icc, .enable_ip_masquerade,\n.host_binding_ipv4.",
  options: {
    attachable: { kind: "flag", help: "Containers that are no tasks may be on it (others: always)" },
    "disable-dns": { kind: "flag", help: "Answer no names on it" },
    dns: { kind: "list", value: "IP", help: "Ask these servers for foreign names (default: the host's)" },
    driver: {
      kind: "string",
      short: "d",
      value: "NAME",
      help: "Driver: bridge, macvlan, ipvlan, overlay",
      offered: ["bridge", "macvlan", "ipvlan", "overlay"],
    },
    gateway: { kind: "list", value: "IP", help: "The host's address in the subnet (default: the first one)" },
    ignore: { kind: "flag", help: "Do not mind a network of that name" },
    "interface-name": { kind: "string", value: "NAME", help: "Name of the bridge on the host, or the parent" },
    internal: { kind: "flag", help: "Without a way out" },
    "ip-range": {
      kind: "list",
      value: "CIDR|FIRST-LAST",
      help: "Give containers addresses of this part of the subnet only",
    },
    ipv4: { kind: "flag", on: true, help: "With an IPv4 subnet" },
    ipv6: { kind: "flag", help: "With an IPv6 subnet, too" },
    label: { kind: "list", value: "KEY=VALUE", help: "Set a label" },
    opt: { kind: "list", short: "o", value: "KEY=VALUE", help: "Set an option of the driver" },
    route: { kind: "list", value: "CIDR,GATEWAY[,METRIC]", help: "Give its containers a route" },
    subnet: { kind: "list", value: "CIDR", help: "Its range of addresses (default: a free one); one per family" },
    "ipam-driver": {
      kind: "string",
      value: "DRIVER",
      help: "Who gives addresses: host-local, or none for nobody",
    },
    scope: { kind: "string", value: "SCOPE", choices: ["local", "swarm"], help: "Reach: by the driver", hidden: true },
    "aux-address": { kind: "refused", help: "give containers their addresses with --ip, and others an --ip-range" },
    "config-from": { kind: "refused", help: "a network of the cluster is the same on all nodes" },
    "config-only": { kind: "refused", help: "a network of the cluster is the same on all nodes" },
    ingress: { kind: "refused", help: "the network of published ports makes itself" },
    "ipam-opt": { kind: "refused", help: "the only driver of addresses has no options" },
  },
  args: [0, 1],
  examples: [
    ["estiba network create web", "a subnet that is free"],
    ["estiba network create --subnet 10.90.0.0/24 --gateway 10.90.0.9 web", "chosen addresses"],
    ["estiba network create --internal db", "nobody in it reaches the world"],
    ["estiba network create -d overlay shop", "between the nodes of the cluster"],
    ["estiba network create -d overlay --attachable lab", "for containers of any node, too"],
    ["estiba network create -d macvlan -o parent=eth0 --subnet 10.0.5.0/24 lan", "on eth0's network"],
  ],
  async run(values, [name], cli) {
    if (values.driver === "overlay") {
      const { createOverlay } = await import("./create-overlay.ts");
      cli.out(`${await createOverlay(cli.engine(), values, name)}\n`);
      return 0;
    }
    const driver = driverOf(values.driver);
    const { [BRIDGE_NAME]: named, ...options } = keyValues("--opt", values.opt);
    const bridgeName = values["interface-name"] ?? named;
    const network = createNetwork(cli.engine(), {
      name: name ?? `network-${crypto.randomUUID().slice(0, 8)}`,
      driver,
      subnets: subnetsOf(values),
      ipv6: values.ipv6,
      ipv4: values.ipv4,
      ipam: ipamOf(values["ipam-driver"]),
      nameservers: nameserversOf("--dns", values.dns),
      routes: values.route.map(routeOf),
      internal: values.internal,
      attachable: values.attachable,
      dns: !values["disable-dns"],
      labels: keyValues("--label", values.label),
      options,
      bridgeName,
      ignore: values.ignore,
    });
    cli.out(`${network.name}\n`);
    return 0;
  },
});

function driverOf(driver = "bridge"): NetworkDriver {
  if (driver === "bridge" || driver === "macvlan" || driver === "ipvlan") return driver;
  const always = driver === "none" || driver === "host";
  throw new EstibaError("unsupported", {
    reason: "network.driver",
    what: `networks of the driver "${driver}" cannot be created`,
    fix: always ? `run containers with --network ${driver}` : "use bridge, macvlan, ipvlan or overlay",
  });
}

function ipamOf(driver: string | undefined): "none" | undefined {
  if (driver === undefined || driver === "host-local" || driver === "default") return undefined;
  if (driver === "none") return driver;
  throw new EstibaError("unsupported", {
    reason: "network.ipam_driver",
    what:
      driver === "dhcp"
        ? "addresses by DHCP would need a client that runs beside every container"
        : `there is no driver of addresses "${driver}"`,
    fix: "give a --subnet and an --ip-range, or use --ipam-driver none and a DHCP client in the container",
  });
}

function routeOf(text: string): StaticRoute {
  const [destination = "", gateway = "", metric, ...more] = text.split(",");
  if (gateway === "" || more.length > 0 || !/^\d{0,9}$/.test(metric ?? ""))
    throw badOption("--route", text, "CIDR,GATEWAY[,METRIC]");
  return { destination, gateway, ...(metric === undefined ? {} : { metric: Number(metric) }) };
}

type Ranges = Readonly<Record<"subnet" | "gateway" | "ip-range", readonly string[]>>;

/** Gateways and ranges belong to the subnets of their place, as with both peers. */
function subnetsOf({ subnet, gateway, "ip-range": ranges }: Ranges): AskedSubnet[] {
  for (const [option, list] of [
    ["--gateway", gateway],
    ["--ip-range", ranges],
  ] as const) {
    if (list.length <= subnet.length) continue;
    throw new EstibaError("invalid", {
      reason: "network.no_subnet",
      what: `there are more values of ${option} than of --subnet: each belongs to one`,
      fix: `give a --subnet before ${option}`,
    });
  }
  return subnet.map((cidr, index) => ({ cidr, gateway: gateway[index], range: ranges[index] }));
}
