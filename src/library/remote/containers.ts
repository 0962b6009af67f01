import type { ContainerListed } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { isEstibaError } from "../../lib/error.ts";
import { dockerCreateBody } from "../../views/docker/create-body.ts";
import type { Container, Containers, Images, Output, Signalled } from "../contract.ts";
import type { ContainerOptions } from "../options.ts";
import { RemoteContainer } from "./container.ts";
import { specOf } from "./spec.ts";

/** The containers of an engine over a connection. */
export class RemoteContainers implements Containers {
  readonly #client: ApiClient;
  readonly #images: Images;

  constructor(client: ApiClient, images: Images) {
    this.#client = client;
    this.#images = images;
  }

  async create(options: ContainerOptions, call: Signalled = {}): Promise<Container> {
    const { pull = "missing" } = options;
    const body = dockerCreateBody(specOf(options));
    if (pull === "always" || pull === "newer") await this.#images.pull(options.image, call);
    try {
      return await this.#create(body, options.name, call);
    } catch (error) {
      if (pull !== "missing" || !isEstibaError(error, "not_found") || error.reason !== "image.unknown") throw error;
    }
    await this.#images.pull(options.image, call);
    return await this.#create(body, options.name, call);
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
    const container = await this.create(options, call);
    try {
      await container.start(call);
      const exitCode = await container.wait(call);
      const pieces = { stdout: [] as string[], stderr: [] as string[] };
      for await (const { stream, text } of container.logs(call)) pieces[stream].push(`${text}\n`);
      const [stdout, stderr] = [pieces.stdout.join(""), pieces.stderr.join("")];
      return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), text: stdout };
    } finally {
      await container[Symbol.asyncDispose]();
    }
  }

  async get(nameOrId: string): Promise<Container> {
    return await RemoteContainer.find(this.#client, nameOrId);
  }

  async list({ all = false }: { readonly all?: boolean } = {}): Promise<Container[]> {
    const listed = await this.#client.json<ContainerListed[]>("GET", "/containers/json", { query: { all } });
    return listed.toReversed().map(
      ({ Id, Names, Image, Labels }) =>
        new RemoteContainer(this.#client, {
          id: Id,
          name: (Names[0] ?? "").replace(/^\//, ""),
          image: Image,
          labels: Labels ?? {},
        }),
    );
  }

  async #create(body: object, name: string | undefined, { signal }: Signalled): Promise<Container> {
    const { Id } = await this.#client.json<{ Id: string }>("POST", "/containers/create", {
      query: { name },
      json: body,
      signal,
    });
    return await RemoteContainer.find(this.#client, Id);
  }
}
