import { isRunning, observe } from "../../engine/status.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { findPod, getPod, listPods, podMembers } from "../../state/pods.ts";
import { type PodStatsRow, podStatsRow } from "../../views/pod-stats.ts";
import { type Command, defineCommand } from "../command.ts";
import { isLive, refuseSeveral, rendererFor, showStats } from "../stats.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

const HEADERS: Readonly<Record<string, string>> = {
  CPU: "CPU %",
  MemUsage: "MEM USAGE/ LIMIT",
  MemUsageBytes: "MEM USAGE/ LIMIT",
  Mem: "MEM %",
  NetIO: "NET IO",
  BlockIO: "BLOCK IO",
};
const COLUMNS = ["Pod", "CID", "Name", "CPU", "MemUsage", "Mem", "NetIO", "BlockIO", "PIDS"] as const;
const INTERVAL_S = 5;

export const command: Command = defineCommand({
  name: "pod stats",
  summary: "Show what the containers of pods use",
  usage: "[OPTIONS] [POD...]",
  description: `Without names, of all pods that run. On a terminal the table is drawn anew every ${INTERVAL_S} seconds.`,
  options: {
    all: { kind: "flag", short: "a", help: "Containers that do not run, too" },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}} {{.CPU}}'" },
    latest: SELECT_PODS.latest,
    "no-reset": { kind: "flag", help: "Do not clear the screen: write one table below the other" },
    "no-stream": { kind: "flag", help: "Read once, and end" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [["estiba pod stats --no-stream web", "one reading"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    refuseSeveral(values, args, "pods");
    const chosen = args.length > 0 || values.latest;
    const names = chosen ? selectPods(cli, args, { latest: values.latest }) : [];
    const named = names.map((name) => findPod(engine.store, name));
    const recordsNow = (): ContainerRecord[] =>
      (chosen ? named : listPods(engine.store))
        .flatMap(({ id }) => podMembers(engine.store, id))
        .filter((record) => values.all || chosen || isRunning(observe(engine, record)));
    const live = isLive(values);
    const render = rendererFor<PodStatsRow>(values.format, { live, columns: COLUMNS, headers: HEADERS, json });
    return await showStats(cli, {
      // All that were asked for are removed.
      recordsNow: () =>
        named.length > 0 && named.every(({ id }) => getPod(engine.store, id) === undefined) ? undefined : recordsNow(),
      render: (rows) => {
        const pods = new Map(recordsNow().map(({ id, spec }) => [id, spec.pod?.id.slice(0, 12) ?? ""]));
        return render(rows.map((row) => podStatsRow(row, pods.get(row.ContainerID) ?? "")));
      },
      live,
      once: values["no-stream"],
      intervalSeconds: INTERVAL_S,
      noTrunc: false,
    });
  },
});

function json(row: PodStatsRow): Record<string, string> {
  return { ...row };
}
