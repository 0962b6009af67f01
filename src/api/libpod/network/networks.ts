import { connectNetwork, disconnectFromNetwork } from "../../../engine/network/connect.ts";
import { createNetwork, type NewNetwork } from "../../../engine/network/create.ts";
import { inspectNetwork, selectNetworks } from "../../../engine/network/list.ts";
import { pruneNetworks, removeNetwork } from "../../../engine/network/remove.ts";
import { updateNetwork } from "../../../engine/network/update.ts";
import { isEstibaError } from "../../../lib/error.ts";
import type { AskedSubnet } from "../../../network/subnets.ts";
import { networkDocument, networkInspectDocument } from "../../../views/network.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, done, ok, type Reply } from "../../http/call.ts";
import { attachmentText } from "../container/network-words.ts";

/** `GET /libpod/networks/json` */
export function listNetworks({ engine, query }: Call): Reply {
  return ok(selectNetworks(engine, query.filters()).map(networkDocument));
}

/** `POST /libpod/networks/create` */
export async function create(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const network = createNetwork(call.engine, newNetwork(body, call.query.flag("ignoreIfExists")));
  return ok(networkDocument(network));
}

function newNetwork(body: Fields, ignore: boolean): NewNetwork {
  const ipam = body.map("ipam_options")["driver"];
  if (ipam !== undefined && ipam !== "" && ipam !== "host-local" && ipam !== "none")
    throw badRequest(`there is no driver of addresses "${ipam}" here: host-local or none`);
  return {
    name: body.text("name") ?? `network-${crypto.randomUUID().slice(0, 8)}`,
    driver: driverOf(body.text("driver")),
    subnets: body.list("subnets").map(subnetOf),
    ipv6: body.flag("ipv6_enabled"),
    ipam: ipam === "none" ? ipam : undefined,
    nameservers: body.texts("network_dns_servers"),
    routes: body.list("routes").map(routeOf),
    internal: body.flag("internal"),
    dns: body.flag("dns_enabled"),
    labels: body.map("labels"),
    options: body.map("options"),
    bridgeName: body.text("network_interface"),
    ignore,
  };
}

function driverOf(driver = "bridge"): "bridge" | "macvlan" | "ipvlan" {
  if (driver === "bridge" || driver === "macvlan" || driver === "ipvlan") return driver;
  throw badRequest(`unsupported driver ${driver}: invalid argument`);
}

function subnetOf(subnet: Fields): AskedSubnet {
  const cidr = subnet.text("subnet");
  if (cidr === undefined) throw badRequest("subnets: a subnet is missing");
  const lease = subnet.fields("lease_range");
  return { cidr, gateway: subnet.text("gateway"), range: rangeOf(lease.text("start_ip"), lease.text("end_ip")) };
}

function rangeOf(first: string | undefined, last: string | undefined): string | undefined {
  if (first !== undefined && last !== undefined) return `${first}-${last}`;
  if (first === last) return undefined;
  throw badRequest("lease_range: start_ip and end_ip go together");
}

function routeOf(route: Fields): NonNullable<NewNetwork["routes"]>[number] {
  const metric = route.integer("metric");
  const [destination, gateway] = [route.text("destination"), route.text("gateway")];
  if (destination === undefined || gateway === undefined)
    throw badRequest("routes: destination and gateway are needed");
  return { destination, gateway, ...(metric === undefined ? {} : { metric }) };
}

/** `GET /libpod/networks/{name}/json` */
export function inspect({ engine, params }: Call): Reply {
  return ok(networkInspectDocument(inspectNetwork(engine, params["name"] ?? "")));
}

/** `GET /libpod/networks/{name}/exists` */
export function exists({ engine, params }: Call): Reply {
  inspectNetwork(engine, params["name"] ?? "");
  return done();
}

/** `DELETE /libpod/networks/{name}` */
export async function remove({ engine, params, query }: Call): Promise<Reply> {
  const options = { force: query.flag("force"), timeoutSeconds: query.integer("timeout") };
  const name = await removeNetwork(engine, params["name"] ?? "", options);
  return ok([{ Name: name, Err: null }]);
}

/** `POST /libpod/networks/{name}/connect` */
export async function connect(call: Call): Promise<Reply> {
  const { network } = inspectNetwork(call.engine, call.params["name"] ?? "");
  const body = new Fields(await call.json());
  const words = [`--network=${attachmentText(network.name, body)}`];
  const { networks } = await call.service.specFromWords(words, "", [], { configured: false });
  await connectNetwork(call.engine, containerOf(body), networks?.[0] ?? { network: network.name });
  return { status: 200, json: "OK" };
}

/** `POST /libpod/networks/{name}/disconnect` */
export async function disconnect(call: Call): Promise<Reply> {
  const { network } = inspectNetwork(call.engine, call.params["name"] ?? "");
  const body = new Fields(await call.json());
  try {
    await disconnectFromNetwork(call.engine, containerOf(body), network.name);
  } catch (error) {
    if (!body.flag("Force") || !isEstibaError(error, "not_found")) throw error;
  }
  return { status: 200, json: "OK" };
}

function containerOf(body: Fields): string {
  const name = body.text("container") ?? body.text("Container");
  if (name === undefined) throw badRequest("container name must not be empty");
  return name;
}

/** `POST /libpod/networks/{name}/update` */
export async function update(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const change = { add: body.texts("adddnsservers"), drop: body.texts("removednsservers") };
  await updateNetwork(call.engine, call.params["name"] ?? "", change);
  return done();
}

/** `POST /libpod/networks/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  const names = await pruneNetworks(engine, query.filters());
  return ok(names.map((name) => ({ Name: name, Error: null })));
}
