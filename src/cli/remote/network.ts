import type { NetworkAnswer } from "../../client/answers.ts";
import { filtersJson } from "../../client/api-client.ts";
import { isEstibaError } from "../../lib/error.ts";
import { Pairs } from "../../lib/go-template/value.ts";
import { keyValues } from "../container/options/values.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { NETWORKS_FORMAT, NETWORKS_HEADERS } from "../network/ls.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

export const createVerb: RemoteVerb = defineRemote({
  options: {
    driver: "string",
    gateway: "list",
    ignore: "flag",
    internal: "flag",
    "ip-range": "list",
    ipv4: "flag",
    ipv6: "flag",
    label: "list",
    opt: "list",
    scope: "string",
    subnet: "list",
  },
  async run(values, [given], remote) {
    const name = given ?? `network-${crypto.randomUUID().slice(0, 8)}`;
    const config = values.subnet.map((Subnet, at) => ({
      Subnet,
      Gateway: values.gateway[at],
      IPRange: values["ip-range"][at],
    }));
    const asked = {
      Name: name,
      CheckDuplicate: true,
      Driver: values.driver ?? "bridge",
      Internal: values.internal,
      EnableIPv6: values.ipv6,
      EnableIPv4: values.ipv4 ? undefined : false,
      IPAM: config.length === 0 ? undefined : { Driver: "default", Config: config },
      Options: keyValues("--opt", values.opt),
      Labels: keyValues("--label", values.label),
    };
    try {
      await remote.client.json("POST", "/networks/create", { json: asked });
    } catch (error) {
      if (!values.ignore || !isEstibaError(error, "conflict")) throw error;
    }
    remote.out(`${name}\n`);
    return 0;
  },
});

export const listVerb: RemoteVerb = defineRemote({
  options: { filter: "list", format: "string", "no-trunc": "flag", noheading: "flag", quiet: "flag" },
  async run(values, _args, remote) {
    const query = { filters: filtersJson(values.filter) };
    const listed = await remote.client.json<NetworkAnswer[]>("GET", "/networks", { query });
    if (values.format === "json") {
      remote.out(`${JSON.stringify(listed, null, 5)}\n`);
      return 0;
    }
    const rows = listed.map(({ Id, Labels, ...network }) => ({
      ...network,
      ID: values["no-trunc"] ? Id : Id.slice(0, 12),
      Labels: new Pairs(Labels ?? {}),
    }));
    if (values.quiet && values.format === undefined) {
      remote.out(rows.map(({ Name }) => `${Name}\n`).join(""));
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const how = { headers: NETWORKS_HEADERS, noHeading: values.noheading, name: "network ls" };
    remote.out(renderTable(chosenFormat(values.format, NETWORKS_FORMAT), rows, how));
    return 0;
  },
});

export const removeVerb: RemoteVerb = defineRemote({
  options: {},
  run: async (_values, args, remote) =>
    await removeEach(remote, args, async (name) => {
      await remote.client.act("DELETE", `/networks/${encodeURIComponent(name)}`);
    }),
});

/** Removes one after another; the exit code is Podman's: 1 for one that is not there, 2 for one in use. */
export async function removeEach(
  remote: Remote,
  names: readonly string[],
  remove: (name: string) => Promise<void>,
): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await remove(name);
      remote.out(`${name}\n`);
    } catch (error) {
      remote.err(formatError(error));
      const own = isEstibaError(error, "not_found") ? 1 : isEstibaError(error, "in_use") ? 2 : exitCodeOf(error);
      if (code === 0) code = own;
    }
  }
  return code;
}

export const connectVerb: RemoteVerb = defineRemote({
  options: {
    alias: "list",
    "driver-opt": "list",
    "gw-priority": "string",
    ip: "string",
    ip6: "string",
    "mac-address": "string",
  },
  async run(values, [network = "", container = ""], { client }) {
    const { ip, ip6 } = values;
    const options = keyValues("--driver-opt", values["driver-opt"]);
    await client.act("POST", `/networks/${encodeURIComponent(network)}/connect`, {
      json: {
        Container: container,
        EndpointConfig: {
          Aliases: values.alias,
          IPAMConfig: ip === undefined && ip6 === undefined ? undefined : { IPv4Address: ip, IPv6Address: ip6 },
          MacAddress: values["mac-address"],
          GwPriority: values["gw-priority"] === undefined ? undefined : Number(values["gw-priority"]),
          DriverOpts: Object.keys(options).length === 0 ? undefined : options,
        },
      },
    });
    return 0;
  },
});

export const disconnectVerb: RemoteVerb = defineRemote({
  options: { force: "flag" },
  async run({ force }, [network = "", container = ""], { client }) {
    const json = { Container: container, Force: force };
    await client.act("POST", `/networks/${encodeURIComponent(network)}/disconnect`, { json });
    return 0;
  },
});
