import { copyPath } from "../engine/copy/copy.ts";
import { readLog } from "../engine/log/read.ts";
import { pauseContainer, unpauseContainer } from "../engine/pause.ts";
import { removeContainer } from "../engine/remove.ts";
import { restartContainer } from "../engine/restart.ts";
import { startContainer } from "../engine/start.ts";
import { type ContainerUsage, readUsage } from "../engine/stats.ts";
import { observe } from "../engine/status.ts";
import { killContainer, stopContainer } from "../engine/stop.ts";
import { waitForEnd } from "../engine/wait-end.ts";
import { isEstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import { type ExecOptions, execToEnd, type Output } from "./exec.ts";
import { type LogLine, linesOf } from "./lines.ts";
import { never } from "./never.ts";
import type { Opened } from "./opened.ts";
import type { PortOption } from "./options.ts";
import { type Readiness, waitUntilReady } from "./wait-until.ts";

/** What a container does at this moment. */
export type ContainerStatus = ReturnType<typeof observe>["status"];

/** A container's address on a network. */
export type Address = { readonly network: string; readonly ip: string; readonly ip6?: string };

type Signalled = { readonly signal?: AbortSignal };

const READY_MS = 30_000;
const USAGE_MS = 1_000;

/**
 * A container. It is looked at anew with each call: others may change or remove it, after which calls throw `not_found`. Disposing removes
 * it, running or not, with its anonymous volumes; one that is gone already is no error.
 */
export class Container implements AsyncDisposable {
  readonly #opened: Opened;
  /** 64 hexadecimal digits. */
  readonly id: string;

  /** Of the library itself: containers come from `engine.containers`. */
  constructor(opened: Opened, id: string) {
    this.#opened = opened;
    this.id = id;
  }

  get name(): string {
    return this.#record().name;
  }

  /** The image's full name. */
  get image(): string {
    return this.#record().imageName;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#record().labels;
  }

  /** Held against the kernel's own view. */
  get status(): ContainerStatus {
    return observe(this.#opened.engine, this.#record()).status;
  }

  /** Starts it; one that runs stays as it is. State reached: running. Throws `wrong_state` for a paused one. */
  async start(): Promise<void> {
    await startContainer(this.#opened.engine, this.id, false);
  }

  /** Its stop signal, then SIGKILL after its own time or the one given; resolves when it has ended and is cleaned up. */
  async stop(options: { readonly timeoutSeconds?: number } = {}): Promise<void> {
    await stopContainer(this.#opened.engine, this.id, options);
  }

  /** {@link stop} where it runs, then {@link start}. */
  async restart(options: { readonly timeoutSeconds?: number } = {}): Promise<void> {
    await restartContainer(this.#opened.engine, this.id, options);
  }

  /** Sends its first process a signal, by name or number; SIGKILL when undefined. Throws `wrong_state` when it does not run. */
  async kill(signal = "SIGKILL"): Promise<void> {
    await killContainer(this.#opened.engine, this.id, signal);
  }

  /** Holds all of its processes. State reached: paused. */
  async pause(): Promise<void> {
    await pauseContainer(this.#opened.engine, this.id);
  }

  async unpause(): Promise<void> {
    await unpauseContainer(this.#opened.engine, this.id);
  }

  /** Resolves at the end of the run under way, to its exit code; at once, for a container that does not run. */
  async wait({ signal = never() }: Signalled = {}): Promise<number> {
    const asked = { condition: "not-running", signal } as const;
    return (await waitForEnd(this.#opened.engine, this.#record(), asked)).code;
  }

  /** Removes it. With `force` a running one too; throws `wrong_state` otherwise. Its anonymous volumes go with it. */
  async remove({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    await removeContainer(this.#opened.engine, this.id, { force, volumes: true });
  }

  /** Runs a further command in it, to its end. Throws `wrong_state` when it does not run. */
  async exec(command: readonly string[], options: ExecOptions = {}): Promise<Output> {
    return await execToEnd(this.#opened, this.id, command, options);
  }

  /** The lines of its log, oldest first; with `follow` those to come too, until its run ends. */
  logs(options: { readonly follow?: boolean; readonly tail?: number } & Signalled = {}): AsyncGenerator<LogLine, void> {
    const { follow = false, tail, signal } = options;
    return linesOf(readLog(this.#opened.engine, this.#record(), { follow, tail, signal }));
  }

  /** What it uses, now and then every second, until it ends or the signal is aborted. */
  async *stats({ signal = never() }: Signalled = {}): AsyncGenerator<ContainerUsage, void> {
    for (;;) {
      const usage = readUsage(this.#opened.engine, this.#record());
      if (usage === undefined) return;
      yield usage;
      const ended = await Promise.race([this.#ended(signal), Bun.sleep(USAGE_MS)]);
      if (ended === true || signal.aborted) return;
    }
  }

  /** Its addresses while it runs; none with the host's network. */
  addresses(): Address[] {
    const { state } = observe(this.#opened.engine, this.#record());
    const own = state?.address === undefined ? [] : [{ network: "bridge", ...state.address }];
    return [...own, ...(state?.endpoints ?? [])].map(({ network, ip, ip6 }) => ({
      network,
      ip,
      ...(ip6 === undefined ? {} : { ip6 }),
    }));
  }

  /** The host's port that leads to this one while it runs; undefined for none. */
  port(container: number, protocol: PortOption["protocol"] = "tcp"): number | undefined {
    const { state } = observe(this.#opened.engine, this.#record());
    const found = (state?.ports ?? []).find(
      (port) =>
        port.protocol === protocol && container >= port.containerPort && container < port.containerPort + port.range,
    );
    return found === undefined ? undefined : found.hostPort + container - found.containerPort;
  }

  /**
   * Resolves when it is ready. Throws `wrong_state` when it ends before, the signal's reason, and a TimeoutError after `timeoutMs`, 30
   * seconds unless said otherwise.
   */
  async waitUntil(wanted: Readiness, options: Signalled & { readonly timeoutMs?: number } = {}): Promise<void> {
    const deadline = AbortSignal.timeout(options.timeoutMs ?? READY_MS);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    await waitUntilReady(this.#opened.engine, this.#record(), { wanted, signal });
  }

  /** Copies a file or folder of the host into it, running or not; it keeps its mode and becomes root's. */
  async copyIn(hostPath: string, path: string): Promise<void> {
    await this.#copy({ path: hostPath }, { path, container: this.id });
  }

  /** Copies a file or folder of it to the host. */
  async copyOut(path: string, hostPath: string): Promise<void> {
    await this.#copy({ path, container: this.id }, { path: hostPath });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove({ force: true });
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }

  async #copy(from: Parameters<typeof copyPath>[1], to: Parameters<typeof copyPath>[2]): Promise<void> {
    await copyPath(this.#opened.engine, from, to, { archive: false, overwrite: false, follow: false });
  }

  async #ended(signal: AbortSignal): Promise<true> {
    await this.wait({ signal });
    return true;
  }

  #record(): ContainerRecord {
    return findContainer(this.#opened.engine.store, this.id);
  }
}
