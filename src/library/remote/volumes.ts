import type { VolumeAnswer } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { Removing, Volume, VolumeOptions, Volumes } from "../contract.ts";

/** A volume of an engine over a connection. */
class RemoteVolume implements Volume {
  readonly #client: ApiClient;
  readonly name: string;

  constructor(client: ApiClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  async path(): Promise<string> {
    return (await this.#client.json<VolumeAnswer>("GET", this.#path)).Mountpoint;
  }

  async remove({ force = false, signal }: Removing = {}): Promise<void> {
    if (force) {
      const filters = JSON.stringify({ volume: [this.name] });
      const users = await this.#client.json<{ Id: string }[]>("GET", "/containers/json", {
        query: { all: true, filters },
      });
      for (const { Id } of users)
        await this.#client.act("DELETE", `/containers/${Id}`, { query: { force: true, v: true }, signal });
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
    return `/volumes/${encodeURIComponent(this.name)}`;
  }
}

/** The volumes of an engine over a connection. */
export class RemoteVolumes implements Volumes {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async create({ name, labels = {}, options = {} }: VolumeOptions = {}): Promise<Volume> {
    if (name !== undefined && (await this.#isThere(name))) throw taken(name);
    const asked = { Name: name ?? "", Driver: "local", DriverOpts: options, Labels: labels };
    const { Name } = await this.#client.json<VolumeAnswer>("POST", "/volumes/create", { json: asked });
    return new RemoteVolume(this.#client, Name);
  }

  async get(name: string): Promise<Volume> {
    const { Name } = await this.#client.json<VolumeAnswer>("GET", `/volumes/${encodeURIComponent(name)}`);
    return new RemoteVolume(this.#client, Name);
  }

  async list(): Promise<Volume[]> {
    const { Volumes: listed } = await this.#client.json<{ Volumes: VolumeAnswer[] | null }>("GET", "/volumes");
    return (listed ?? []).map(({ Name }) => new RemoteVolume(this.#client, Name));
  }

  // The API gives the one that is there.
  async #isThere(name: string): Promise<boolean> {
    try {
      await this.get(name);
      return true;
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
      return false;
    }
  }
}

function taken(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "volume.name_in_use",
    what: `there is a volume "${name}" already`,
    fix: "choose another name, or get it",
  });
}
