import { listImages } from "../engine/list-images.ts";
import { loadImages } from "../engine/load.ts";
import { pullImage } from "../engine/pull.ts";
import type { ImageProgress } from "../engine/receive-layers.ts";
import { removeImage } from "../engine/remove-image.ts";
import { tagImage } from "../engine/tag.ts";
import { never } from "./never.ts";
import type { Opened } from "./opened.ts";
import { type PullOptions, pullToEnd } from "./pull.ts";

type Signalled = { readonly signal?: AbortSignal };

/** An image in the store. */
export type Image = {
  /** 64 hexadecimal digits: the digest of its configuration. */
  readonly id: string;
  /** Full names, `domain/path:tag`. */
  readonly names: readonly string[];
  /** `domain/path@digest` each. */
  readonly digests: readonly string[];
  readonly architecture: string;
  readonly os: string;
};

/** The images of an engine. */
export class Images {
  readonly #opened: Opened;

  /** Of the library itself: see `engine.images`. */
  constructor(opened: Opened) {
    this.#opened = opened;
  }

  /** Fetches an image; gives its full name. Throws `not_found`, `denied`, `unauthenticated`, `unavailable`, `corrupt`, `exhausted`. */
  async pull(reference: string, options: PullOptions = {}): Promise<string> {
    return await pullToEnd(this.#opened, reference, { policy: "always", ...options });
  }

  /** {@link pull}, telling of each step; leaving the loop early ends the pull. */
  async *pulling(
    reference: string,
    { policy = "always", signal = never() }: PullOptions = {},
  ): AsyncGenerator<ImageProgress, void> {
    yield* pullImage(this.#opened.engine, reference, { policy, signal });
  }

  /** Loads every image of an archive or an OCI layout folder; gives their names, or ids. */
  async load(path: string, { signal = never() }: Signalled = {}): Promise<string[]> {
    const steps = loadImages(this.#opened.engine, { path }, { signal });
    for (let step = await steps.next(); ; step = await steps.next())
      if (step.done === true)
        return step.value.flatMap(({ image, names }) => (names.length === 0 ? [image.id] : names));
  }

  /** Those with names, and those without that nothing is built on. */
  list(): Image[] {
    return listImages(this.#opened.engine).map(({ image, config, names, repoDigests }) => ({
      id: image.id,
      names,
      digests: repoDigests,
      architecture: config.architecture,
      os: config.os,
    }));
  }

  /** Gives an image further names. Throws `not_found`, `invalid`. */
  tag(image: string, ...names: readonly string[]): void {
    tagImage(this.#opened.engine, image, names);
  }

  /** Takes a name away, and with the last one the image. Throws `in_use` for one with containers, which `force` removes too. */
  async remove(image: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    await removeImage(this.#opened.engine, image, { force });
  }
}
