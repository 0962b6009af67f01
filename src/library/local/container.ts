import { type CopyPath, copyPath } from "../../engine/copy/copy.ts";
import { readLog } from "../../engine/log/read.ts";
import { pauseContainer, unpauseContainer } from "../../engine/pause.ts";
import { removeContainer } from "../../engine/remove.ts";
import { restartContainer } from "../../engine/restart.ts";
import { startContainer } from "../../engine/start.ts";
import { readUsage } from "../../engine/stats.ts";
import { observe } from "../../engine/status.ts";
import { killContainer, stopContainer } from "../../engine/stop.ts";
import { waitForEnd } from "../../engine/wait-end.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { findContainer } from "../../state/containers.ts";
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
import { never } from "../never.ts";
import type { PortOption } from "../options.ts";
import { orAborted } from "../or-aborted.ts";
import { execToEnd } from "./exec.ts";
import { linesOf } from "./lines.ts";
import type { Opened } from "./opened.ts";
import { waitUntilReady } from "./wait-until.ts";

const READY_MS = 30_000;
const USAGE_MS = 1_000;

/** A container of this process's engine. */
export class LocalContainer implements Container {
  readonly #opened: Opened;
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;

  constructor(opened: Opened, { id, name, imageName, labels }: ContainerRecord) {
    this.#opened = opened;
    this.id = id;
    this.name = name;
    this.image = imageName;
    this.labels = labels;
  }

  async status(): Promise<ContainerStatus> {
    return await Promise.resolve(observe(this.#opened.engine, this.#record()).status);
  }

  async start({ signal }: Signalled = {}): Promise<void> {
    await orAborted(async () => await startContainer(this.#opened.engine, this.id, false), signal);
  }

  async stop({ timeoutSeconds, signal }: Stopping = {}): Promise<void> {
    await orAborted(async () => await stopContainer(this.#opened.engine, this.id, { timeoutSeconds }), signal);
  }

  async restart({ timeoutSeconds, signal }: Stopping = {}): Promise<void> {
    await orAborted(async () => await restartContainer(this.#opened.engine, this.id, { timeoutSeconds }), signal);
  }

  async kill(signal = "SIGKILL"): Promise<void> {
    await killContainer(this.#opened.engine, this.id, signal);
  }

  async pause(): Promise<void> {
    await pauseContainer(this.#opened.engine, this.id);
  }

  async unpause(): Promise<void> {
    await unpauseContainer(this.#opened.engine, this.id);
  }

  async wait({ signal = never() }: Signalled = {}): Promise<number> {
    const asked = { condition: "not-running", signal } as const;
    return (await waitForEnd(this.#opened.engine, this.#record(), asked)).code;
  }

  async remove({ force = false, signal }: Removing = {}): Promise<void> {
    const { engine } = this.#opened;
    await orAborted(async () => await removeContainer(engine, this.id, { force, volumes: true }), signal);
  }

  async exec(command: readonly string[], options: ExecOptions = {}): Promise<Output> {
    return await execToEnd(this.#opened, this.id, command, options);
  }

  logs(options: { readonly follow?: boolean; readonly tail?: number } & Signalled = {}): AsyncGenerator<LogLine, void> {
    const { follow = false, tail, signal } = options;
    return linesOf(readLog(this.#opened.engine, this.#record(), { follow, tail, signal }));
  }

  async *stats({ signal = never() }: Signalled = {}): AsyncGenerator<ContainerUsage, void> {
    for (;;) {
      const usage = readUsage(this.#opened.engine, this.#record());
      if (usage === undefined) return;
      yield usage;
      const ended = await Promise.race([this.#ended(signal), Bun.sleep(USAGE_MS)]);
      if (ended === true || signal.aborted) return;
    }
  }

  async addresses(): Promise<Address[]> {
    const { state } = observe(this.#opened.engine, this.#record());
    const own = state?.address === undefined ? [] : [{ network: "bridge", ...state.address }];
    const all = [...own, ...(state?.endpoints ?? [])].map(({ network, ip, ip6 }) => ({
      network,
      ip,
      ...(ip6 === undefined ? {} : { ip6 }),
    }));
    return await Promise.resolve(all);
  }

  async port(container: number, protocol: PortOption["protocol"] = "tcp"): Promise<number | undefined> {
    const { state } = observe(this.#opened.engine, this.#record());
    const found = (state?.ports ?? []).find(
      (port) =>
        port.protocol === protocol && container >= port.containerPort && container < port.containerPort + port.range,
    );
    return await Promise.resolve(found === undefined ? undefined : found.hostPort + container - found.containerPort);
  }

  async waitUntil(wanted: Readiness, options: Signalled & { readonly timeoutMs?: number } = {}): Promise<void> {
    const deadline = AbortSignal.timeout(options.timeoutMs ?? READY_MS);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    await waitUntilReady(this.#opened.engine, this.#record(), { wanted, signal });
  }

  async copyIn(hostPath: string, path: string, { signal }: Signalled = {}): Promise<void> {
    await this.#copy({ path: hostPath }, { path, container: this.id }, signal);
  }

  async copyOut(path: string, hostPath: string, { signal }: Signalled = {}): Promise<void> {
    await this.#copy({ path, container: this.id }, { path: hostPath }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove({ force: true });
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }

  async #copy(from: CopyPath, to: CopyPath, signal: AbortSignal | undefined): Promise<void> {
    await copyPath(this.#opened.engine, from, to, { archive: false, overwrite: false, follow: false, signal });
  }

  async #ended(signal: AbortSignal): Promise<true> {
    await this.wait({ signal });
    return true;
  }

  #record(): ContainerRecord {
    return findContainer(this.#opened.engine.store, this.id);
  }
}
