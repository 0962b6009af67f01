import type { ContainerAnswer, StatsAnswer } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { copyIn, copyOut } from "../../client/copy/copy.ts";
import { usageOf } from "../../client/usage.ts";
import { isEstibaError } from "../../lib/error.ts";
import type {
  Address,
  Container,
  ContainerStatus,
  ContainerUsage,
  ExecOptions,
  LogLine,
  Output,
  Readiness,
  Removing,
  Signalled,
  Stopping,
} from "../contract.ts";
import type { PortOption } from "../options.ts";
import { execToEnd } from "./exec.ts";
import { logLines } from "./log-lines.ts";
import { waitUntilReady } from "./wait-until.ts";

const READY_MS = 30_000;

type Known = Pick<Container, "id" | "name" | "image" | "labels">;

/** A container of an engine over a connection. */
export class RemoteContainer implements Container {
  readonly #client: ApiClient;
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;

  constructor(client: ApiClient, { id, name, image, labels }: Known) {
    this.#client = client;
    this.id = id;
    this.name = name;
    this.image = image;
    this.labels = labels;
  }

  /** Looks one up. Throws `not_found`. */
  static async find(client: ApiClient, nameOrId: string): Promise<RemoteContainer> {
    const path = `/containers/${encodeURIComponent(nameOrId)}/json`;
    const { Id, Name, Config } = await client.json<ContainerAnswer>("GET", path);
    const known = { id: Id, name: Name.replace(/^\//, ""), image: Config.Image, labels: Config.Labels ?? {} };
    return new RemoteContainer(client, known);
  }

  async status(): Promise<ContainerStatus> {
    const { Status } = (await this.#look()).State;
    return Status === "dead" ? "exited" : (Status as ContainerStatus);
  }

  async start({ signal }: Signalled = {}): Promise<void> {
    await this.#act("start", { signal });
  }

  async stop({ timeoutSeconds, signal }: Stopping = {}): Promise<void> {
    await this.#act("stop", { query: { t: timeoutSeconds }, signal });
  }

  async restart({ timeoutSeconds, signal }: Stopping = {}): Promise<void> {
    await this.#act("restart", { query: { t: timeoutSeconds }, signal });
  }

  async kill(signal = "SIGKILL"): Promise<void> {
    await this.#act("kill", { query: { signal } });
  }

  async pause(): Promise<void> {
    await this.#act("pause");
  }

  async unpause(): Promise<void> {
    await this.#act("unpause");
  }

  async wait({ signal }: Signalled = {}): Promise<number> {
    const path = `/containers/${this.id}/wait`;
    return (await this.#client.json<{ StatusCode: number }>("POST", path, { signal })).StatusCode;
  }

  async remove({ force = false, signal }: Removing = {}): Promise<void> {
    await this.#client.act("DELETE", `/containers/${this.id}`, { query: { force, v: true }, signal });
  }

  async exec(command: readonly string[], options: ExecOptions = {}): Promise<Output> {
    return await execToEnd(this.#client, this.id, command, options);
  }

  async *logs(
    options: { readonly follow?: boolean; readonly tail?: number } & Signalled = {},
  ): AsyncGenerator<LogLine, void> {
    const tty = (await this.#look()).Config.Tty;
    yield* logLines(this.#client, this.id, { ...options, tty });
  }

  async *stats({ signal }: Signalled = {}): AsyncGenerator<ContainerUsage, void> {
    const startedAt = Date.parse((await this.#look()).State.StartedAt);
    const answers = this.#client.objects<StatsAnswer>("GET", `/containers/${this.id}/stats`, { signal });
    try {
      for await (const answer of answers) {
        const usage = usageOf(answer, startedAt);
        if (usage !== undefined) yield usage;
        // An engine that has not counted yet says as little as one of a container that has ended.
        else if (!(await this.#look()).State.Running) return;
      }
    } catch (error) {
      // Its end may be that of the container, which is an end like any other.
      if (signal?.aborted !== true && !isEstibaError(error, "not_found")) throw error;
    }
  }

  async addresses(): Promise<Address[]> {
    const { Networks } = (await this.#look()).NetworkSettings;
    return Object.entries(Networks ?? {}).flatMap(([network, { IPAddress = "", GlobalIPv6Address = "" }]) =>
      IPAddress === "" && GlobalIPv6Address === ""
        ? []
        : [{ network, ip: IPAddress, ...(GlobalIPv6Address === "" ? {} : { ip6: GlobalIPv6Address }) }],
    );
  }

  async port(container: number, protocol: PortOption["protocol"] = "tcp"): Promise<number | undefined> {
    const { State, NetworkSettings } = await this.#look();
    const [binding] = NetworkSettings.Ports?.[`${container}/${protocol}`] ?? [];
    return binding === undefined || !State.Running ? undefined : Number(binding.HostPort);
  }

  async waitUntil(wanted: Readiness, options: Signalled & { readonly timeoutMs?: number } = {}): Promise<void> {
    const deadline = AbortSignal.timeout(options.timeoutMs ?? READY_MS);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    await waitUntilReady(
      { client: this.#client, container: this, look: async () => await this.#look() },
      wanted,
      signal,
    );
  }

  async copyIn(hostPath: string, path: string, { signal }: Signalled = {}): Promise<void> {
    await copyIn(this.#client, this.id, { hostPath, path, signal });
  }

  async copyOut(path: string, hostPath: string, { signal }: Signalled = {}): Promise<void> {
    await copyOut(this.#client, this.id, { hostPath, path, signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove({ force: true });
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }

  async #look(): Promise<ContainerAnswer> {
    return await this.#client.json<ContainerAnswer>("GET", `/containers/${this.id}/json`);
  }

  async #act(verb: string, asked: Parameters<ApiClient["act"]>[2] = {}): Promise<void> {
    await this.#client.act("POST", `/containers/${this.id}/${verb}`, asked);
  }
}
