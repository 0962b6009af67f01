import type { ContainerAnswer, StatsAnswer } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { usageOf } from "../../client/usage.ts";
import type { ContainerUsage } from "../../engine/stats.ts";
import { isEstibaError } from "../../lib/error.ts";
import { nameOf } from "../../views/docker/listed-row.ts";
import { statsJson, statsRow } from "../../views/stats-row.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { liveScreen } from "../live-table.ts";
import {
  DEFAULT_INTERVAL_S,
  isLive,
  rendererFor,
  STATS_COLUMNS,
  STATS_HEADERS,
  type STATS_OPTIONS,
  showTable,
} from "../stats.ts";
import { containerPath, listContainers, selectContainers } from "./select.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

/** What a container uses at a moment. */
export type Seen = { readonly id: string; readonly name: string; readonly usage: ContainerUsage | undefined };

export const verb: RemoteVerb = defineRemote({
  options: {
    all: "flag",
    format: "string",
    interval: "integer",
    latest: "flag",
    "no-reset": "flag",
    "no-stream": "flag",
    "no-trunc": "flag",
  },
  async run(values, args, remote) {
    const named = args.length > 0 || values.latest ? await selectContainers(remote, args, values) : undefined;
    return await showUsage(values, {
      out: remote.out,
      look: async () => {
        const names = named ?? (await listContainers(remote, { all: values.all })).map(nameOf);
        const looks = await Promise.all(names.map(async (name) => await usageAt(remote.client, name)));
        const seen = looks.filter((one) => one !== undefined);
        return named !== undefined && seen.length === 0 ? undefined : seen;
      },
    });
  },
});

type Showing = {
  readonly out: Remote["out"];
  /** Undefined ends it. */
  readonly look: () => Promise<readonly Seen[] | undefined>;
};

type StatsValues = Pick<Values<typeof STATS_OPTIONS>, "format" | "interval" | "no-reset" | "no-stream" | "no-trunc">;

/** Shows what containers use, once or again and again, wherever they are; resolves to the exit code. */
export async function showUsage(values: StatsValues, { out, look }: Showing): Promise<number> {
  const interval = values.interval ?? DEFAULT_INTERVAL_S;
  if (interval < 1) throw badOption("--interval", String(interval), "a number of seconds");
  const live = isLive(values);
  const render = rendererFor(values.format, {
    live,
    columns: STATS_COLUMNS,
    headers: STATS_HEADERS,
    json: statsJson,
  });
  using screen = live ? liveScreen() : undefined;
  let previous = new Map<string, ContainerUsage>();
  for (;;) {
    const seen = await look();
    if (seen === undefined) return 0;
    const rows = seen.map(({ id, name, usage }) =>
      statsRow({ id, name, usage, previous: previous.get(id), noTrunc: values["no-trunc"] }),
    );
    const isRead = showTable({ out }, screen, render(rows));
    if (values["no-stream"] || !isRead) return 0;
    previous = new Map(seen.flatMap(({ id, usage }) => (usage === undefined ? [] : [[id, usage] as const])));
    await Bun.sleep(interval * 1000);
  }
}

/** Of a container by its name; undefined for one that is gone. */
export async function usageAt(client: ApiClient, name: string): Promise<Seen | undefined> {
  try {
    const { Id, Name, State } = await client.json<ContainerAnswer>("GET", containerPath(name, "json"));
    const query = { stream: false, "one-shot": true };
    const answer = await client.json<StatsAnswer>("GET", containerPath(Id, "stats"), { query });
    return { id: Id, name: Name.replace(/^\//, ""), usage: usageOf(answer, Date.parse(State.StartedAt)) };
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}
