import { filters, json, nothing, type Operations } from "../../openapi/operation.ts";
import {
  flag,
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
import { endpoint } from "../container/described-limits.ts";

const network: Schema = titled(
  "Network",
  object({
    Name: text,
    Id: text,
    Created: time,
    Scope: text,
    Driver: text,
    EnableIPv4: flag,
    EnableIPv6: flag,
    IPAM: object({
      Driver: text,
      Options: orNull(textMap),
      Config: orNull(list(object({ Subnet: text, "Gateway?": text, "IPRange?": text }))),
    }),
    Internal: flag,
    Attachable: flag,
    Ingress: flag,
    ConfigFrom: object({ Network: text }),
    ConfigOnly: flag,
    Containers: map(object({ Name: text, EndpointID: text, MacAddress: text, IPv4Address: text, IPv6Address: text })),
    Options: textMap,
    Labels: textMap,
  }),
);

/** Networks. */
export const NETWORK_OPERATIONS: Operations = {
  "GET /networks": {
    summary: "Networks",
    query: { filters: filters("dangling", "driver", "id", "label", "label!", "name", "scope", "type") },
    answers: { 200: json(list(network)) },
  },
  "POST /networks/create": {
    summary: "Make a network",
    body: request("NetworkCreateRequest", {
      Name: text,
      CheckDuplicate: flag,
      Driver: text,
      Scope: text,
      Internal: flag,
      Attachable: flag,
      Ingress: flag,
      ConfigOnly: flag,
      "ConfigFrom?": orNull(object({ Network: text })),
      EnableIPv4: flag,
      EnableIPv6: flag,
      IPAM: object({
        "Driver?": text,
        "Options?": orNull(textMap),
        "Config?": orNull(
          list(
            object({
              "Subnet?": text,
              "Gateway?": text,
              "IPRange?": text,
              "AuxiliaryAddresses?": orNull(textMap),
            }),
          ),
        ),
      }),
      Options: textMap,
      Labels: textMap,
    }),
    answers: { 201: json(titled("NetworkCreateResponse", object({ Id: text, Warning: text }))) },
    errors: [403, 404, 409, 501],
  },
  "POST /networks/prune": {
    summary: "Remove those that no container uses",
    query: { filters: filters("label", "label!", "until") },
    answers: { 200: json(titled("NetworkPruneResponse", object({ NetworksDeleted: texts }))) },
  },
  "GET /networks/{id}": {
    summary: "All about a network",
    query: { verbose: flag, scope: text },
    answers: { 200: json(network) },
    errors: [404],
  },
  "DELETE /networks/{id}": { summary: "Remove it", answers: { 204: nothing }, errors: [403, 404] },
  "POST /networks/{id}/connect": {
    summary: "Connect a container to it",
    body: request("NetworkConnectRequest", { Container: text, EndpointConfig: endpoint }),
    answers: { 200: nothing },
    errors: [403, 404, 409],
  },
  "POST /networks/{id}/disconnect": {
    summary: "Disconnect a container from it",
    body: request("NetworkDisconnectRequest", { Container: text, Force: flag }),
    answers: { 200: nothing },
    errors: [403, 404, 409],
  },
};
