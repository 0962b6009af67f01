import { connectNetwork, disconnectFromNetwork } from "../../engine/network/connect.ts";
import { createNetwork } from "../../engine/network/create.ts";
import { selectNetworks } from "../../engine/network/list.ts";
import { removeNetwork } from "../../engine/network/remove.ts";
import { isEstibaError } from "../../lib/error.ts";
import { getNetwork } from "../../state/networks.ts";
import type { Container, Network, NetworkOptions, Networks, Removing } from "../contract.ts";
import { orAborted } from "../or-aborted.ts";
import type { Opened } from "./opened.ts";

/** A network of this process's engine. */
class LocalNetwork implements Network {
  readonly #opened: Opened;
  readonly name: string;

  constructor(opened: Opened, name: string) {
    this.#opened = opened;
    this.name = name;
  }

  async subnets(): Promise<string[]> {
    return await Promise.resolve(getNetwork(this.#opened.engine.store, this.name).subnets.map(({ cidr }) => cidr));
  }

  async connect(container: Container, { aliases = [] }: { readonly aliases?: readonly string[] } = {}): Promise<void> {
    await connectNetwork(this.#opened.engine, container.id, { network: this.name, aliases });
  }

  async disconnect(container: Container): Promise<void> {
    await disconnectFromNetwork(this.#opened.engine, container.id, this.name);
  }

  async remove({ force = false, signal }: Removing = {}): Promise<void> {
    await orAborted(async () => await removeNetwork(this.#opened.engine, this.name, { force }), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove();
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
}

/** The networks of this process's engine. */
export class LocalNetworks implements Networks {
  readonly #opened: Opened;

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  async create({ name, subnet, ipv6 = false, internal = false, labels = {} }: NetworkOptions): Promise<Network> {
    createNetwork(this.#opened.engine, {
      name,
      subnets: subnet === undefined ? [] : [{ cidr: subnet }],
      ipv6,
      internal,
      dns: true,
      labels,
      options: {},
      bridgeName: undefined,
      ignore: false,
    });
    return await Promise.resolve(new LocalNetwork(this.#opened, name));
  }

  async get(name: string): Promise<Network> {
    const found = getNetwork(this.#opened.engine.store, name);
    return await Promise.resolve(new LocalNetwork(this.#opened, found.name));
  }

  async list(): Promise<Network[]> {
    const listed = selectNetworks(this.#opened.engine, []).map(({ name }) => new LocalNetwork(this.#opened, name));
    return await Promise.resolve(listed);
  }
}
