import type { NetworkAnswer } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Container, Network, NetworkOptions, Networks, Removing } from "../contract.ts";

/** A network of an engine over a connection. */
class RemoteNetwork implements Network {
  readonly #client: ApiClient;
  readonly name: string;

  constructor(client: ApiClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  async subnets(): Promise<string[]> {
    const { IPAM } = await this.#look();
    return (IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet === undefined ? [] : [Subnet]));
  }

  async connect(container: Container, { aliases = [] }: { readonly aliases?: readonly string[] } = {}): Promise<void> {
    await this.#client.act("POST", `${this.#path}/connect`, {
      json: { Container: container.id, EndpointConfig: { Aliases: aliases } },
    });
  }

  async disconnect(container: Container): Promise<void> {
    await this.#client.act("POST", `${this.#path}/disconnect`, { json: { Container: container.id } });
  }

  async remove({ force = false, signal }: Removing = {}): Promise<void> {
    if (force) {
      for (const id of Object.keys((await this.#look()).Containers ?? {}))
        await this.#client.act("DELETE", `/containers/${id}`, { query: { force: true, v: true }, signal });
    }
    await this.#client.act("DELETE", this.#path, { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove();
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }

  get #path(): string {
    return `/networks/${encodeURIComponent(this.name)}`;
  }

  async #look(): Promise<NetworkAnswer> {
    return await this.#client.json<NetworkAnswer>("GET", this.#path);
  }
}

/** The networks of an engine over a connection. */
export class RemoteNetworks implements Networks {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async create({ name, subnet, ipv6 = false, internal = false, labels = {} }: NetworkOptions): Promise<Network> {
    await this.#client.json("POST", "/networks/create", {
      json: {
        Name: name,
        CheckDuplicate: true,
        EnableIPv6: ipv6,
        Internal: internal,
        Labels: labels,
        ...(subnet === undefined ? {} : { IPAM: { Config: [{ Subnet: subnet }] } }),
      },
    });
    return new RemoteNetwork(this.#client, name);
  }

  async get(name: string): Promise<Network> {
    const { Name } = await this.#client.json<NetworkAnswer>("GET", `/networks/${encodeURIComponent(name)}`);
    return new RemoteNetwork(this.#client, Name);
  }

  async list(): Promise<Network[]> {
    const listed = await this.#client.json<NetworkAnswer[]>("GET", "/networks");
    // The ways without a network of one's own, which Docker lists among them.
    return listed
      .filter(({ Driver }) => Driver !== "host" && Driver !== "null")
      .map(({ Name }) => new RemoteNetwork(this.#client, Name));
  }
}
