import type { ContainerAnswer, StatsAnswer } from "../../client/answers.ts";
import { usageOf } from "../../client/usage.ts";
import { isEstibaError } from "../../lib/error.ts";
import { nameOf } from "../../views/docker/listed-row.ts";
import { statsJson, statsRow } from "../../views/stats-row.ts";
import { badOption } from "../container/bad-option.ts";
import { liveScreen } from "../live-table.ts";
import { DEFAULT_INTERVAL_S, isLive, rendererFor, STATS_COLUMNS, STATS_HEADERS, showTable } from "../stats.ts";
import { containerPath, listContainers, selectContainers } from "./select.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

type Usage = NonNullable<ReturnType<typeof usageOf>>;

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
    const interval = values.interval ?? DEFAULT_INTERVAL_S;
    if (interval < 1) throw badOption("--interval", String(interval), "a number of seconds");
    const named = args.length > 0 || values.latest ? await selectContainers(remote, args, values) : undefined;
    const live = isLive(values);
    const render = rendererFor(values.format, {
      live,
      columns: STATS_COLUMNS,
      headers: STATS_HEADERS,
      json: statsJson,
    });
    using screen = live ? liveScreen() : undefined;
    let previous = new Map<string, Usage>();
    for (;;) {
      const names = named ?? (await listContainers(remote, { all: values.all })).map(nameOf);
      const seen = (await Promise.all(names.map(async (name) => await look(remote, name)))).filter(
        (one) => one !== undefined,
      );
      if (named !== undefined && seen.length === 0) return 0;
      const rows = seen.map(({ id, name, usage }) =>
        statsRow({ id, name, usage, previous: previous.get(id), noTrunc: values["no-trunc"] }),
      );
      showTable(remote, screen, render(rows));
      if (values["no-stream"]) return 0;
      previous = new Map(seen.flatMap(({ id, usage }) => (usage === undefined ? [] : [[id, usage] as const])));
      await Bun.sleep(interval * 1000);
    }
  },
});

type Seen = { readonly id: string; readonly name: string; readonly usage: Usage | undefined };

/** Undefined for one that is gone. */
async function look({ client }: Remote, name: string): Promise<Seen | undefined> {
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
