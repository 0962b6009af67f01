import {
  createClusterNetwork,
  findClusterNetwork,
  inspectClusterNetwork,
  removeLeftNetwork,
  withClusterNetworks,
} from "../../../cluster/door/networks.ts";
import { notEncrypted } from "../../../cluster/network/not-encrypted.ts";
import { attachmentsOf } from "../../../engine/network/attachments.ts";
import { connectNetwork, disconnectFromNetwork } from "../../../engine/network/connect.ts";
import { createNetwork, type NewNetwork } from "../../../engine/network/create.ts";
import { inspectNetwork, type NetworkDetails, networkFilter, selectNetworks } from "../../../engine/network/list.ts";
import { pruneNetworks, removeNetwork } from "../../../engine/network/remove.ts";
import { isEstibaError } from "../../../lib/error.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import { findContainer, listContainers } from "../../../state/containers.ts";
import type { NetworkDriver } from "../../../state/networks.ts";
import {
  BRIDGE_NAME,
  dockerNetwork,
  dockerNetworkDetails,
  SPECIAL_NETWORKS,
  specialNetwork,
  specialNetworkId,
} from "../../../views/docker/network.ts";
import { ApiError, badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { isReason } from "../container/find.ts";
import { attachmentText } from "../container/network-words.ts";
import { Fields } from "../fields.ts";
import { checkFilters } from "../filters.ts";
import { askManager } from "../swarm/ask.ts";

const BUILT_IN: ReadonlySet<string> = new Set(["bridge", ...SPECIAL_NETWORKS]);
const KEYS: readonly string[] = ["dangling", "driver", "id", "label", "label!", "name", "scope", "type"];

/** `GET /networks` */
export async function listNetworks({ engine, query }: Call): Promise<Reply> {
  const filters = query.filters();
  checkFilters(filters, KEYS);
  const values = (key: string): string[] =>
    filters.filter((text) => text.startsWith(`${key}=`)).map((text) => text.slice(key.length + 1));
  // Of these two the engine knows nothing: three were there from the beginning.
  const [scopes, types] = [values("scope"), values("type")];
  const strange = types.find((type) => type !== "builtin" && type !== "custom");
  if (strange !== undefined) throw badRequest(`invalid filter: 'type'='${strange}'`);
  const ofType = (name: string): boolean =>
    types.length === 0 || types.includes(BUILT_IN.has(name) ? "builtin" : "custom");
  const known = filters.filter((text) => !/^(scope|type)=/.test(text));
  const ofScope = (scope: string): boolean => scopes.length === 0 || scopes.includes(scope);
  const all = await withClusterNetworks(engine, selectNetworks(engine, known), networkFilter(engine, known));
  const networks = all.filter(
    ({ name, cluster }) => ofType(name) && ofScope(cluster === undefined ? "local" : "swarm"),
  );
  const special = SPECIAL_NETWORKS.filter((name) => ofType(name) && ofScope("local") && fitsSpecial(name, known));
  return ok([...networks.map(dockerNetwork), ...special.map(specialNetwork)]);
}

function fitsSpecial(name: "host" | "none", filters: readonly string[]): boolean {
  const facts = { name, id: specialNetworkId(name), driver: name === "host" ? "host" : "null" };
  return filters.every((text) => {
    const [, key = "", value = ""] = /^(name|id|driver)=(.*)$/s.exec(text) ?? [];
    if (key === "") return false;
    const fact = facts[key as keyof typeof facts];
    return key === "driver" ? fact === value : fact.includes(value);
  });
}

/** `POST /networks/create` */
export async function create(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  try {
    if (body.text("Driver") === "overlay") return await createOverlay(call, body);
  } catch (error) {
    if (isReason(error, "network.name_in_use"))
      throw new ApiError(409, `network with name ${body.text("Name") ?? ""} already exists`);
    throw error;
  }
  const { name, ...network } = newNetwork(body);
  try {
    const { id } = createNetwork(call.engine, { ...network, name });
    return { status: 201, json: { Id: id, Warning: "" } };
  } catch (error) {
    if (isReason(error, "network.name_in_use")) throw new ApiError(409, `network with name ${name} already exists`);
    if (isReason(error, "network.name_reserved"))
      throw new ApiError(403, `operation is not permitted on predefined ${name} network`);
    throw error;
  }
}

async function createOverlay(call: Call, body: Fields): Promise<Reply> {
  await askManager(call);
  const configs = body.fields("IPAM").list("Config");
  if (isWithoutIpv4(body)) throw badRequest("networks of the cluster have IPv4 always");
  const subnets = configs.flatMap((config) => config.text("Subnet") ?? []);
  const [[subnet, ...four], [subnet6, ...six]] = [false, true].map((isSix) =>
    subnets.filter((text) => text.includes(":") === isSix),
  ) as [string[], string[]];
  if (four.length + six.length > 0 || configs.some((config) => config.text("Gateway") ?? config.text("IPRange")))
    throw badRequest("networks of the cluster have one subnet of a family, whose addresses the cluster gives");
  const [option] = Object.keys(body.map("Options"));
  if (option === "encrypted") throw notEncrypted();
  if (option !== undefined) throw badRequest(`networks of the cluster have no option ${option}`);
  const { id } = await createClusterNetwork(call.engine, {
    name: body.text("Name") ?? "",
    labels: body.map("Labels"),
    options: {},
    internal: body.flag("Internal"),
    attachable: body.flag("Attachable"),
    ipv6: body.flag("EnableIPv6"),
    subnet,
    subnet6,
  });
  return { status: 201, json: { Id: id, Warning: "" } };
}

function isWithoutIpv4(body: Fields): boolean {
  return body.has("EnableIPv4") && !body.flag("EnableIPv4");
}

// Docker's "null" gives no addresses.
function ipamOf(driver = "default"): "none" | undefined {
  if (driver === "default") return undefined;
  if (driver === "null") return "none";
  throw noPlugin(driver);
}

function noPlugin(driver: string): ApiError {
  return new ApiError(404, `could not find plugin ${driver} in v1 plugin registry: plugin not found`);
}

function driverOf(driver = "bridge"): NetworkDriver {
  if (driver === "default") return "bridge";
  if (driver === "bridge" || driver === "macvlan" || driver === "ipvlan") return driver;
  if (driver === "host" || driver === "null")
    throw new ApiError(403, `only one instance of "${driver}" network is allowed`);
  throw noPlugin(driver);
}

function refuseUnsupported(body: Fields): void {
  const scope = body.text("Scope") ?? "local";
  if (scope !== "local" || body.flag("Ingress"))
    throw badRequest(`networks of a swarm are made with the driver overlay: this one has the scope ${scope}`);
  if (body.flag("ConfigOnly") || body.fields("ConfigFrom").text("Network") !== undefined)
    throw badRequest("networks that only hold a configuration (--config-only, --config-from) are not supported");
  const [option] = Object.keys(body.fields("IPAM").map("Options"));
  if (option !== undefined) throw badRequest(`the driver of addresses has no options, such as ${option}`);
}

function newNetwork(body: Fields): NewNetwork {
  const name = body.text("Name");
  if (name === undefined) throw badRequest("network name must not be empty");
  const driver = driverOf(body.text("Driver"));
  refuseUnsupported(body);
  const { [BRIDGE_NAME]: bridgeName, ...options } = body.map("Options");
  const subnets = body
    .fields("IPAM")
    .list("Config")
    .flatMap((config) => {
      if (config.fields("AuxiliaryAddresses").keys.length > 0)
        throw badRequest("auxiliary addresses are not supported: keep them from containers by an IPRange without them");
      const cidr = config.text("Subnet");
      if (cidr === undefined) return [];
      return [{ cidr, gateway: config.text("Gateway"), range: config.text("IPRange") }];
    });
  return {
    name,
    driver,
    subnets,
    ipv4: !isWithoutIpv4(body),
    ipv6: body.flag("EnableIPv6"),
    ipam: ipamOf(body.fields("IPAM").text("Driver")),
    internal: body.flag("Internal"),
    attachable: body.flag("Attachable"),
    dns: true,
    labels: body.map("Labels"),
    options,
    bridgeName,
    ignore: false,
  };
}

/** `GET /networks/{id}` */
export async function inspect(call: Call): Promise<Reply> {
  const name = call.params["id"] ?? "";
  const special = specialOf(name);
  if (special !== undefined) return ok(specialNetwork(special));
  const ofCluster = await findClusterNetwork(call.engine, name);
  return ok(
    dockerNetworkDetails(ofCluster === undefined ? found(call) : inspectClusterNetwork(call.engine, ofCluster)),
  );
}

function specialOf(name: string): "host" | "none" | undefined {
  return SPECIAL_NETWORKS.find((known) => known === name || specialNetworkId(known) === name);
}

function found({ engine, params }: Call): NetworkDetails {
  const name = params["id"] ?? "";
  try {
    // The default one is there from its first use on, and for Docker's clients always.
    if (name === "bridge") selectNetworks(engine, []);
    return inspectNetwork(engine, name);
  } catch (error) {
    if (isEstibaError(error, "not_found")) throw new ApiError(404, `network ${name} not found`);
    throw error;
  }
}

/** `DELETE /networks/{id}` */
export async function remove(call: Call): Promise<Reply> {
  const name = call.params["id"] ?? "";
  if (BUILT_IN.has(name)) throw new ApiError(403, `${name} is a pre-defined network and cannot be removed`);
  const ofCluster = await findClusterNetwork(call.engine, name);
  if (ofCluster !== undefined) {
    // Who removes a stack has just removed its services.
    await removeLeftNetwork(await askManager(call), ofCluster.network.id);
    return { status: 204 };
  }
  const { network } = found(call);
  if (network.name === "bridge") throw new ApiError(403, "bridge is a pre-defined network and cannot be removed");
  try {
    await removeNetwork(call.engine, network.id, { force: false });
  } catch (error) {
    // With one that does not run Docker lets it go; here its definition needs it.
    if (isEstibaError(error, "in_use"))
      throw new ApiError(
        403,
        `error while removing network: network ${network.name} has active endpoints (${usersOf(call, network.name)})`,
      );
    throw error;
  }
  return { status: 204 };
}

// Clients read who is in the way.
function usersOf({ engine }: Call, network: string): string {
  return listContainers(engine.store)
    .filter((record) => attachmentsOf(record).some((attachment) => attachment.network === network))
    .map(({ name, id }) => `name:"${name}" id:"${id.slice(0, 12)}"`)
    .join(", ");
}

// Docker's words.
const OWN_MODE = {
  host: "container cannot be disconnected from host network or connected to host network",
  none: "container cannot be connected to multiple networks with one of the networks in private (none) mode",
};

/** `POST /networks/{id}/connect` */
export async function connect(call: Call): Promise<Reply> {
  const special = specialOf(call.params["id"] ?? "");
  if (special !== undefined) throw badRequest(OWN_MODE[special]);
  const { network } = found(call);
  const body = new Fields(await call.json());
  const text = attachmentText(network.name, body.fields("EndpointConfig"));
  const { networks } = await call.service.specFromWords([`--network=${text}`], "", [], { configured: false });
  const attachment = networks?.[0] ?? { network: network.name };
  const { id, name } = containerOf(call, body);
  try {
    await connectNetwork(call.engine, id, attachment);
  } catch (error) {
    if (isReason(error, "network.already_connected"))
      throw new ApiError(403, `endpoint with name ${name} already exists in network ${network.name}`);
    throw error;
  }
  return { status: 200 };
}

/** `POST /networks/{id}/disconnect` */
export async function disconnect(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const special = specialOf(call.params["id"] ?? "");
  if (special !== undefined) throw offSpecial(special, containerOf(call, body));
  const { network } = found(call);
  const { id } = containerOf(call, body);
  try {
    await disconnectFromNetwork(call.engine, id, network.name);
  } catch (error) {
    if (!isReason(error, "network.not_connected")) throw error;
    if (!body.flag("Force")) throw new ApiError(403, `container ${id} is not connected to network ${network.name}`);
  }
  return { status: 200 };
}

function offSpecial(special: "host" | "none", { id, spec }: ContainerRecord): ApiError {
  if (spec.network !== special) return new ApiError(403, `container ${id} is not connected to network ${special}`);
  return badRequest(special === "host" ? OWN_MODE.host : "a container keeps the network mode none: make it anew");
}

function containerOf({ engine }: Call, body: Fields): ContainerRecord {
  const name = body.text("Container");
  if (name === undefined) throw badRequest("container name must not be empty");
  try {
    return findContainer(engine.store, name.replace(/^\//, ""));
  } catch (error) {
    if (isEstibaError(error, "not_found")) throw new ApiError(404, `No such container: ${name}`);
    throw error;
  }
}

/** `POST /networks/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  const filters = query.filters();
  checkFilters(filters, ["label", "label!", "until"]);
  return ok({ NetworksDeleted: await pruneNetworks(engine, filters) });
}
