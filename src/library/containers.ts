import { createContainer } from "../engine/create.ts";
import { lookUpImage } from "../engine/find-image.ts";
import { summarizeContainers } from "../engine/list.ts";
import { readLog } from "../engine/log/read.ts";
import { isUp } from "../engine/status.ts";
import type { ContainerSpec } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import { Container } from "./container.ts";
import { createWords } from "./create-words.ts";
import type { Output } from "./exec.ts";
import { linesOf } from "./lines.ts";
import type { Opened } from "./opened.ts";
import type { ContainerOptions } from "./options.ts";
import { pullToEnd } from "./pull.ts";

type Signalled = { readonly signal?: AbortSignal };

/** The containers of an engine. */
export class Containers {
  readonly #opened: Opened;

  /** Of the library itself: see `engine.containers`. */
  constructor(opened: Opened) {
    this.#opened = opened;
  }

  /**
   * Creates a container, pulling its image where that is not here. State reached: created. Throws `conflict` for a name in use, `invalid`
   * for an option that cannot be, and what a pull throws.
   */
  async create(options: ContainerOptions, { signal }: Signalled = {}): Promise<Container> {
    const { engine } = this.#opened;
    const spec = await this.#spec(options, signal);
    return new Container(this.#opened, createContainer(engine, spec).id);
  }

  /** {@link create}, and start. State reached: running. One that cannot be started is gone again. */
  async run(options: ContainerOptions, call: Signalled = {}): Promise<Container> {
    const container = await this.create(options, call);
    try {
      await container.start();
      return container;
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Runs a container to its end, and removes it; gives what it said, whole, in memory, and its exit code. Aborting removes it, running or
   * not, and throws the signal's reason.
   */
  async output(options: Omit<ContainerOptions, "autoRemove" | "restart">, call: Signalled = {}): Promise<Output> {
    await using container = await this.create(options, call);
    const { engine } = this.#opened;
    await container.start();
    const exitCode = await container.wait(call);
    const pieces = { stdout: [] as string[], stderr: [] as string[] };
    const log = readLog(engine, findContainer(engine.store, container.id), { follow: false });
    for await (const { stream, text } of linesOf(log)) pieces[stream].push(`${text}\n`);
    const [stdout, stderr] = [pieces.stdout.join(""), pieces.stderr.join("")];
    return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), text: stdout };
  }

  /** One by its name, its id or the beginning of that. Throws `not_found`. */
  get(nameOrId: string): Container {
    return new Container(this.#opened, findContainer(this.#opened.engine.store, nameOrId).id);
  }

  /** Those that run, or with `all` every one, oldest first. */
  list({ all = false }: { readonly all?: boolean } = {}): Container[] {
    return summarizeContainers(this.#opened.engine)
      .filter((listed) => all || isUp(listed))
      .map(({ record }) => new Container(this.#opened, record.id));
  }

  async #spec(options: ContainerOptions, signal: AbortSignal | undefined): Promise<ContainerSpec> {
    const { image, pull = "missing", command = [], health } = options;
    const spec = await this.#opened.specFromWords(createWords(options), image, command);
    const here = pull === "missing" || pull === "never" ? lookUpImage(this.#opened.engine, image) : undefined;
    const name =
      here === undefined && pull !== "never"
        ? await pullToEnd(this.#opened, image, { policy: pull, ...(signal === undefined ? {} : { signal }) })
        : image;
    return { ...spec, image: name, ...(health === undefined ? {} : { healthcheck: health }) };
  }
}
