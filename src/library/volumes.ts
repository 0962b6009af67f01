import { createVolume } from "../engine/volume/create.ts";
import { volumeData } from "../engine/volume/list.ts";
import { removeVolume } from "../engine/volume/remove.ts";
import { isEstibaError } from "../lib/error.ts";
import { findVolume, listVolumes } from "../state/volumes.ts";
import type { Opened } from "./opened.ts";

/** What a volume is to be; without a name it gets a random one. */
export type VolumeOptions = {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the local driver: type, device, o, size. */
  readonly options?: Readonly<Record<string, string>>;
};

/** A volume. Disposing removes it; throws `in_use` as long as containers have it. */
export class Volume implements AsyncDisposable {
  readonly #opened: Opened;
  readonly name: string;

  /** Of the library itself: volumes come from `engine.volumes`. */
  constructor(opened: Opened, name: string) {
    this.#opened = opened;
    this.name = name;
  }

  /** The folder on the host. */
  get path(): string {
    return volumeData(this.#opened.engine, this.name);
  }

  /** With `force` its containers go first. Throws `in_use` otherwise. */
  async remove({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    await removeVolume(this.#opened.engine, this.name, { force });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove();
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
}

/** The volumes of an engine. */
export class Volumes {
  readonly #opened: Opened;

  /** Of the library itself: see `engine.volumes`. */
  constructor(opened: Opened) {
    this.#opened = opened;
  }

  /** Throws `conflict` for a name in use. */
  create({ name, labels = {}, options = {} }: VolumeOptions = {}): Volume {
    const made = createVolume(this.#opened.engine, { name, labels, options, ignore: false });
    return new Volume(this.#opened, made.name);
  }

  /** Throws `not_found`. */
  get(name: string): Volume {
    return new Volume(this.#opened, findVolume(this.#opened.engine.store, name).name);
  }

  list(): Volume[] {
    return listVolumes(this.#opened.engine.store).map(({ name }) => new Volume(this.#opened, name));
  }
}
