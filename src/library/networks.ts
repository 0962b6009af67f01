import { connectNetwork, disconnectFromNetwork } from "../engine/network/connect.ts";
import { createNetwork } from "../engine/network/create.ts";
import { selectNetworks } from "../engine/network/list.ts";
import { removeNetwork } from "../engine/network/remove.ts";
import { isEstibaError } from "../lib/error.ts";
import { getNetwork } from "../state/networks.ts";
import type { Container } from "./container.ts";
import type { Opened } from "./opened.ts";

/** What a network is to be. */
export type NetworkOptions = {
  readonly name: string;
  /** CIDR; undefined for one that is free. */
  readonly subnet?: string;
  /** An IPv6 subnet too. */
  readonly ipv6?: boolean;
  /** Nobody in it reaches the world. */
  readonly internal?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
};

/** A network whose containers find each other by name. Disposing removes it; throws `in_use` as long as containers are attached. */
export class Network implements AsyncDisposable {
  readonly #opened: Opened;
  readonly name: string;

  /** Of the library itself: networks come from `engine.networks`. */
  constructor(opened: Opened, name: string) {
    this.#opened = opened;
    this.name = name;
  }

  /** Its subnets, CIDR. */
  get subnets(): string[] {
    return getNetwork(this.#opened.engine.store, this.name).subnets.map(({ cidr }) => cidr);
  }

  /** Attaches a container, running or not, by further names. Throws `conflict` when it is attached already. */
  async connect(container: Container, { aliases = [] }: { readonly aliases?: readonly string[] } = {}): Promise<void> {
    await connectNetwork(this.#opened.engine, container.id, { network: this.name, aliases });
  }

  async disconnect(container: Container): Promise<void> {
    await disconnectFromNetwork(this.#opened.engine, container.id, this.name);
  }

  /** With `force` its containers go first. Throws `in_use` otherwise. */
  async remove({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    await removeNetwork(this.#opened.engine, this.name, { force });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove();
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
}

/** The networks of an engine. */
export class Networks {
  readonly #opened: Opened;

  /** Of the library itself: see `engine.networks`. */
  constructor(opened: Opened) {
    this.#opened = opened;
  }

  /** Throws `conflict` for a name in use or a subnet that overlaps, `exhausted` when no subnet is free. */
  create({ name, subnet, ipv6 = false, internal = false, labels = {} }: NetworkOptions): Network {
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
    return new Network(this.#opened, name);
  }

  /** Throws `not_found`. */
  get(name: string): Network {
    return new Network(this.#opened, getNetwork(this.#opened.engine.store, name).name);
  }

  /** All of them, the default one among them. */
  list(): Network[] {
    return selectNetworks(this.#opened.engine, []).map(({ name }) => new Network(this.#opened, name));
  }
}
