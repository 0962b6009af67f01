import { createReadStream } from "node:fs";
import type { ImageListed, ProgressLine } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { inPath, layerStep, progressLines, splitReference } from "../../client/transfers.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Image, Images, PullOptions, PullProgress, Removing, Signalled } from "../contract.ts";

/** The images of an engine over a connection. */
export class RemoteImages implements Images {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async pull(reference: string, options: PullOptions = {}): Promise<string> {
    for await (const _step of this.pulling(reference, options)) continue;
    return reference;
  }

  async *pulling(
    reference: string,
    { policy = "always", signal }: PullOptions = {},
  ): AsyncGenerator<PullProgress, void> {
    if ((policy === "missing" || policy === "never") && (await this.#isHere(reference, policy === "never"))) return;
    const { name, tag } = splitReference(reference);
    yield { kind: "trying", name: reference };
    const lines = this.#client.objects<ProgressLine>("POST", "/images/create", {
      query: { fromImage: name, tag },
      signal,
    });
    for await (const line of progressLines(lines)) {
      const step = layerStep(line);
      if (step !== undefined) yield { kind: "layer", ...step };
    }
  }

  async load(path: string, { signal }: Signalled = {}): Promise<string[]> {
    const lines = this.#client.objects<ProgressLine>("POST", "/images/load", {
      body: createReadStream(path),
      headers: { "Content-Type": "application/x-tar" },
      signal,
    });
    const loaded: string[] = [];
    for await (const { stream = "" } of progressLines(lines)) {
      const [, name] = /^Loaded image(?: ID)?: (\S+)/.exec(stream) ?? [];
      if (name !== undefined) loaded.push(name.replace(/^sha256:/, ""));
    }
    return loaded;
  }

  async list(): Promise<Image[]> {
    const listed = await this.#client.json<ImageListed[]>("GET", "/images/json");
    const named = (names: readonly string[] | null | undefined): string[] =>
      (names ?? []).filter((name) => !name.startsWith("<none>"));
    return listed.map(({ Id, RepoTags, RepoDigests }) => ({
      id: Id.replace(/^sha256:/, ""),
      names: named(RepoTags),
      digests: named(RepoDigests),
    }));
  }

  async tag(image: string, ...names: readonly string[]): Promise<void> {
    for (const each of names) {
      const { name, tag } = splitReference(each);
      await this.#client.act("POST", `/images/${inPath(image)}/tag`, { query: { repo: name, tag } });
    }
  }

  async remove(image: string, { force = false, signal }: Removing = {}): Promise<void> {
    await this.#client.act("DELETE", `/images/${inPath(image)}`, { query: { force }, signal });
  }

  async #isHere(reference: string, must: boolean): Promise<boolean> {
    try {
      await this.#client.json("GET", `/images/${inPath(reference)}/json`);
      return true;
    } catch (error) {
      if (must || !isEstibaError(error, "not_found")) throw error;
      return false;
    }
  }
}
