import type { EventLine } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { filtersJson } from "../../client/api-client.ts";
import { eventFilters, eventsOf } from "../../client/events.ts";
import type { Containers, Engine, EngineEvent, EventsOptions, Images, Networks, Volumes } from "../contract.ts";
import { RemoteContainers } from "./containers.ts";
import { RemoteImages } from "./images.ts";
import { RemoteNetworks } from "./networks.ts";
import { RemoteVolumes } from "./volumes.ts";

/** An engine over a connection. */
export class RemoteEngine implements Engine {
  readonly #client: ApiClient;
  readonly #closing: AbortController = new AbortController();
  readonly containers: Containers;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;

  constructor(client: ApiClient) {
    this.#client = client;
    const images = new RemoteImages(client);
    this.images = images;
    this.containers = new RemoteContainers(client, images);
    this.networks = new RemoteNetworks(client);
    this.volumes = new RemoteVolumes(client);
  }

  events(options: EventsOptions = {}): AsyncGenerator<EngineEvent, void> {
    const { since, filters = [], follow = true, signal } = options;
    const closing = this.#closing.signal;
    const now = String(Date.now() / 1000);
    const lines = this.#client.objects<EventLine>("GET", "/events", {
      query: {
        since: since === undefined ? (follow ? undefined : "0") : String(since.getTime() / 1000),
        until: follow ? undefined : now,
        filters: filtersJson(eventFilters(filters)),
      },
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
    });
    // Asked for at once: what happens from now on is not missed, however late somebody looks.
    const first = lines.next();
    first.catch(() => undefined);
    return told(first, lines, closing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#client[Symbol.dispose]();
    await Promise.resolve();
  }
}

async function* told(
  first: Promise<IteratorResult<EventLine, void>>,
  lines: AsyncGenerator<EventLine, void>,
  closing: AbortSignal,
): AsyncGenerator<EngineEvent, void> {
  try {
    yield* eventsOf(from(first, lines));
  } catch (error) {
    if (!closing.aborted) throw error;
  } finally {
    await lines.return();
  }
}

async function* from<T>(
  first: Promise<IteratorResult<T, void>>,
  rest: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  for (let next = await first; next.done !== true; next = await rest.next()) yield next.value;
}
