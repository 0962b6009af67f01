import { filters, json, nothing, type Operations } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
  map,
  object,
  orNull,
  request,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../../openapi/schema.ts";
import { networkReports } from "../described-reports.ts";

const range: Schema = object({ "start_ip?": text, "end_ip?": text });
const subnet: Schema = titled("LibpodSubnet", object({ subnet: text, "gateway?": text, "lease_range?": range }));
const route: Schema = titled("LibpodRoute", object({ destination: text, gateway: text, "metric?": integer }));

const NETWORK = {
  name: text,
  id: text,
  driver: text,
  "network_interface?": text,
  created: time,
  "subnets?": list(subnet),
  ipv6_enabled: flag,
  internal: flag,
  dns_enabled: flag,
  "labels?": textMap,
  "options?": textMap,
  "routes?": list(route),
  "network_dns_servers?": texts,
  ipam_options: object({ driver: text }),
};

const network: Schema = titled("LibpodNetwork", object(NETWORK));

const networkInterface: Schema = object({
  subnets: list(object({ ipnet: text, "gateway?": text })),
  mac_address: text,
});

const inspected: Schema = titled(
  "LibpodNetworkInspect",
  object({ ...NETWORK, containers: map(object({ name: text, interfaces: map(networkInterface) })) }),
);

const connectRequest: Schema = request("LibpodNetworkConnectRequest", {
  container: text,
  static_ips: texts,
  static_mac: text,
  aliases: texts,
  interface_name: text,
  options: textMap,
});

const updateRequest: Schema = request("LibpodNetworkUpdateRequest", { adddnsservers: texts, removednsservers: texts });
const connected = { 200: json({ type: "string", enum: ["OK"] }) };

/** Networks, for Podman's clients. */
export const NETWORK_OPERATIONS: Operations = {
  "GET /libpod/networks/json": {
    summary: "Networks",
    query: { filters: filters("dangling", "driver", "id", "label", "label!", "name", "until") },
    answers: { 200: json(list(network)) },
  },
  "POST /libpod/networks/create": {
    summary: "Make a network",
    query: { ignoreIfExists: flag },
    body: request("LibpodNetworkCreateRequest", {
      name: text,
      driver: text,
      network_interface: text,
      subnets: list(subnet),
      routes: list(route),
      ipv6_enabled: flag,
      internal: flag,
      dns_enabled: flag,
      labels: textMap,
      options: textMap,
      network_dns_servers: texts,
      ipam_options: textMap,
    }),
    answers: { 200: json(network) },
    errors: [404, 409, 501],
  },
  "POST /libpod/networks/prune": {
    summary: "Remove those that no container uses",
    query: { filters: filters("label", "label!", "until") },
    answers: { 200: json(networkReports) },
  },
  "GET /libpod/networks/{name}/json": {
    summary: "All about a network",
    answers: { 200: json(inspected) },
    errors: [404],
  },
  "GET /libpod/networks/{name}/exists": { summary: "Whether it is there", answers: { 204: nothing }, errors: [404] },
  "POST /libpod/networks/{name}/connect": {
    summary: "Connect a container",
    body: connectRequest,
    answers: connected,
    errors: [404, 409, 501],
  },
  "POST /libpod/networks/{name}/disconnect": {
    summary: "Disconnect a container",
    body: request("LibpodNetworkDisconnectRequest", { Container: text, Force: flag }),
    answers: connected,
    errors: [404, 409],
  },
  "POST /libpod/networks/{name}/update": {
    summary: "Change whom its names are asked of",
    body: updateRequest,
    answers: { 204: nothing },
    errors: [404, 409],
  },
  "DELETE /libpod/networks/{name}": {
    summary: "Remove it; with force its containers, too",
    query: { force: flag, timeout: integer },
    answers: { 200: json(list(titled("LibpodNetworkRemoval", object({ Name: text, Err: orNull(text) })))) },
    errors: [404, 409, 403],
  },
};
