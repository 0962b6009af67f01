import { createContainer } from "../../engine/create.ts";
import { lookUpImage } from "../../engine/find-image.ts";
import { summarizeContainers } from "../../engine/list.ts";
import { readLog } from "../../engine/log/read.ts";
import { isUp } from "../../engine/status.ts";
import type { ContainerSpec } from "../../state/container.ts";
import { findContainer } from "../../state/containers.ts";
import type { Container, Containers, Output, Signalled } from "../contract.ts";
import type { ContainerOptions } from "../options.ts";
import { LocalContainer } from "./container.ts";
import { createWords } from "./create-words.ts";
import { linesOf } from "./lines.ts";
import type { Opened } from "./opened.ts";
import { pullToEnd } from "./pull.ts";

/** The containers of this process's engine. */
export class LocalContainers implements Containers {
  readonly #opened: Opened;

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  async create(options: ContainerOptions, { signal }: Signalled = {}): Promise<Container> {
    const { engine } = this.#opened;
    const spec = await this.#spec(options, signal);
    return new LocalContainer(this.#opened, await createContainer(engine, spec));
  }

  async run(options: ContainerOptions, call: Signalled = {}): Promise<Container> {
    const container = await this.create(options, call);
    try {
      await container.start(call);
      return container;
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
  }

  async output(options: Omit<ContainerOptions, "autoRemove" | "restart">, call: Signalled = {}): Promise<Output> {
    await using container = await this.create(options, call);
    const { engine } = this.#opened;
    await container.start(call);
    const exitCode = await container.wait(call);
    const pieces = { stdout: [] as string[], stderr: [] as string[] };
    const log = readLog(engine, findContainer(engine.store, container.id), { follow: false });
    for await (const { stream, text } of linesOf(log)) pieces[stream].push(`${text}\n`);
    const [stdout, stderr] = [pieces.stdout.join(""), pieces.stderr.join("")];
    return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), text: stdout };
  }

  async get(nameOrId: string): Promise<Container> {
    return await Promise.resolve(new LocalContainer(this.#opened, findContainer(this.#opened.engine.store, nameOrId)));
  }

  async list({ all = false }: { readonly all?: boolean } = {}): Promise<Container[]> {
    const listed = summarizeContainers(this.#opened.engine)
      .filter((one) => all || isUp(one))
      .map(({ record }) => new LocalContainer(this.#opened, record));
    return await Promise.resolve(listed);
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
