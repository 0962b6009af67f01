import { listImages } from "../../engine/list-images.ts";
import { loadImages } from "../../engine/load.ts";
import { pullImage } from "../../engine/pull.ts";
import { removeImage } from "../../engine/remove-image.ts";
import { tagImage } from "../../engine/tag.ts";
import type { Image, Images, PullOptions, PullProgress, Removing, Signalled } from "../contract.ts";
import { never } from "../never.ts";
import { orAborted } from "../or-aborted.ts";
import type { Opened } from "./opened.ts";
import { pullToEnd } from "./pull.ts";

/** The images of this process's engine. */
export class LocalImages implements Images {
  readonly #opened: Opened;

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  async pull(reference: string, options: PullOptions = {}): Promise<string> {
    return await pullToEnd(this.#opened, reference, { policy: "always", ...options });
  }

  async *pulling(
    reference: string,
    { policy = "always", signal = never() }: PullOptions = {},
  ): AsyncGenerator<PullProgress, void> {
    for await (const step of pullImage(this.#opened.engine, reference, { policy, signal })) {
      if (step.kind === "trying") yield step;
      else {
        const { digest, ...rest } = step;
        yield { ...rest, layer: digest };
      }
    }
  }

  async load(path: string, { signal = never() }: Signalled = {}): Promise<string[]> {
    const steps = loadImages(this.#opened.engine, { path }, { signal });
    for (let step = await steps.next(); ; step = await steps.next())
      if (step.done === true)
        return step.value.flatMap(({ image, names }) => (names.length === 0 ? [image.id] : names));
  }

  async list(): Promise<Image[]> {
    const listed = listImages(this.#opened.engine).map(({ image, names, repoDigests }) => ({
      id: image.id,
      names,
      digests: repoDigests,
    }));
    return await Promise.resolve(listed);
  }

  async tag(image: string, ...names: readonly string[]): Promise<void> {
    tagImage(this.#opened.engine, image, names);
    await Promise.resolve();
  }

  async remove(image: string, { force = false, signal }: Removing = {}): Promise<void> {
    await orAborted(async () => await removeImage(this.#opened.engine, image, { force }), signal);
  }
}
