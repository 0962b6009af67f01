import { createVolume } from "../../engine/volume/create.ts";
import { volumeData } from "../../engine/volume/list.ts";
import { removeVolume } from "../../engine/volume/remove.ts";
import { isEstibaError } from "../../lib/error.ts";
import { findVolume, listVolumes } from "../../state/volumes.ts";
import type { Removing, Volume, VolumeOptions, Volumes } from "../contract.ts";
import { orAborted } from "../or-aborted.ts";
import type { Opened } from "./opened.ts";

/** A volume of this process's engine. */
class LocalVolume implements Volume {
  readonly #opened: Opened;
  readonly name: string;

  constructor(opened: Opened, name: string) {
    this.#opened = opened;
    this.name = name;
  }

  async path(): Promise<string> {
    return await Promise.resolve(volumeData(this.#opened.engine, this.name));
  }

  async remove({ force = false, signal }: Removing = {}): Promise<void> {
    await orAborted(async () => await removeVolume(this.#opened.engine, this.name, { force }), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove();
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
}

/** The volumes of this process's engine. */
export class LocalVolumes implements Volumes {
  readonly #opened: Opened;

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  async create({ name, labels = {}, options = {} }: VolumeOptions = {}): Promise<Volume> {
    const made = createVolume(this.#opened.engine, { name, labels, options, ignore: false });
    return await Promise.resolve(new LocalVolume(this.#opened, made.name));
  }

  async get(name: string): Promise<Volume> {
    const found = findVolume(this.#opened.engine.store, name);
    return await Promise.resolve(new LocalVolume(this.#opened, found.name));
  }

  async list(): Promise<Volume[]> {
    const listed = listVolumes(this.#opened.engine.store).map(({ name }) => new LocalVolume(this.#opened, name));
    return await Promise.resolve(listed);
  }
}
