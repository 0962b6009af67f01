import { resolve } from "node:path";
import { openEngine } from "../../engine/engine.ts";
import { readEvents } from "../../engine/events.ts";
import type { EventRecord } from "../../state/events.ts";
import type {
  Containers,
  Engine,
  EngineEvent,
  EngineOptions,
  EventsOptions,
  Images,
  Networks,
  Volumes,
} from "../contract.ts";
import { LocalContainers } from "./containers.ts";
import { LocalImages } from "./images.ts";
import { LocalNetworks } from "./networks.ts";
import type { Opened, SpecFromWords } from "./opened.ts";
import { LocalVolumes } from "./volumes.ts";

/** An engine in this process: no daemon, no socket. */
export class LocalEngine implements Engine {
  readonly #opened: Opened;
  readonly #closing: AbortController = new AbortController();
  /** What has been asked to follow events, and may not have been left. */
  readonly #following: Set<AsyncGenerator<EngineEvent, void>> = new Set();
  readonly containers: Containers;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;

  constructor(options: Omit<EngineOptions, "host">, specFromWords: SpecFromWords) {
    const { root, runRoot, ...others } = options;
    const absolute = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));
    this.#opened = {
      engine: openEngine({ ...others, isGuest: true, root: absolute(root), runRoot: absolute(runRoot) }),
      specFromWords,
    };
    this.containers = new LocalContainers(this.#opened);
    this.images = new LocalImages(this.#opened);
    this.networks = new LocalNetworks(this.#opened);
    this.volumes = new LocalVolumes(this.#opened);
  }

  events(options: EventsOptions = {}): AsyncGenerator<EngineEvent, void> {
    const { since, filters = [], follow = true, signal } = options;
    const closing = this.#closing.signal;
    const read = readEvents(this.#opened.engine, {
      since: since?.getTime(),
      until: undefined,
      filters,
      follow,
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
    });
    const events: AsyncGenerator<EngineEvent, void> = until(read, () => this.#following.delete(events));
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

async function* until(inner: AsyncIterable<EventRecord>, over: () => void): AsyncGenerator<EngineEvent, void> {
  try {
    for await (const { labels, attributes, ...event } of inner)
      yield { ...event, attributes: { ...labels, ...attributes } };
  } finally {
    over();
  }
}
