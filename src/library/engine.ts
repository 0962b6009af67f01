import { resolve } from "node:path";
import { openEngine } from "../engine/engine.ts";
import { readEvents } from "../engine/events.ts";
import type { EventRecord } from "../state/events.ts";
import { Containers } from "./containers.ts";
import { Images } from "./images.ts";
import { Networks } from "./networks.ts";
import type { Opened, SpecFromWords } from "./opened.ts";
import { Volumes } from "./volumes.ts";

/** Where an engine keeps its things, and what it uses; what is left out is as with the command. */
export type EngineOptions = {
  /** The folder of images, layers, volumes and definitions. */
  readonly root?: string;
  /** The folder of what a reboot ends; on a file system in memory. */
  readonly runRoot?: string;
  /** The OCI runtime, by name or path. */
  readonly runtime?: string;
  /** The estiba binary, which tidies up when a container ends; undefined for ESTIBA_BINARY, then PATH. */
  readonly binary?: string;
};

/** Which events are read. */
export type EventsOptions = {
  /** Undefined begins with what comes. */
  readonly since?: Date;
  /** In the words of `estiba events --filter`: `container=web`, `event=died`. */
  readonly filters?: readonly string[];
  /** False ends with what has happened already. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
};

/**
 * An engine, in this process: no daemon, no socket. Containers outlive it, and other engines and commands with the same roots see the same
 * things. Disposing ends what follows events, and closes the databases.
 */
export class LocalEngine implements AsyncDisposable {
  readonly #opened: Opened;
  readonly #closing: AbortController = new AbortController();
  /** What has been asked to follow events, and may not have been left. */
  readonly #following: Set<AsyncGenerator<EventRecord, void>> = new Set();
  readonly containers: Containers;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;

  constructor(options: EngineOptions, specFromWords: SpecFromWords) {
    const { root, runRoot, ...others } = options;
    const absolute = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));
    this.#opened = {
      engine: openEngine({ ...others, root: absolute(root), runRoot: absolute(runRoot) }),
      specFromWords,
    };
    this.containers = new Containers(this.#opened);
    this.images = new Images(this.#opened);
    this.networks = new Networks(this.#opened);
    this.volumes = new Volumes(this.#opened);
  }

  /** What happens, in the order it does. Throws `invalid` for an unknown filter. */
  events(options: EventsOptions = {}): AsyncGenerator<EventRecord, void> {
    const { since, filters = [], follow = true, signal } = options;
    const closing = this.#closing.signal;
    const read = readEvents(this.#opened.engine, {
      since: since?.getTime(),
      until: undefined,
      filters,
      follow,
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
    });
    const events: AsyncGenerator<EventRecord, void> = until(read, () => this.#following.delete(events));
    this.#following.add(events);
    return events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    // One that nobody reads on still holds its watch, and with it the process.
    await Promise.allSettled([...this.#following].map(async (events) => await events.return()));
    this.#opened.engine.store.close();
    this.#opened.engine.live.close();
  }
}

async function* until<T>(inner: AsyncIterable<T>, over: () => void): AsyncGenerator<T, void> {
  try {
    yield* inner;
  } finally {
    over();
  }
}
