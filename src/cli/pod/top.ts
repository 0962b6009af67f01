import type { Engine } from "../../engine/engine.ts";
import { inspectPod } from "../../engine/pod/inspect.ts";
import { isRunning } from "../../engine/status.ts";
import { type Top, topContainer } from "../../engine/top.ts";
import { isEstibaError } from "../../lib/error.ts";
import { topRows } from "../../views/process-columns.ts";
import { formatTable } from "../../views/table.ts";
import { type Command, defineCommand } from "../command.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod top",
  summary: "Show the processes of a pod",
  usage: "[OPTIONS] POD [COLUMN...]",
  description: "Columns as of estiba top, which are those of each container's own view.",
  options: { latest: SELECT_PODS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "pod",
  examples: [["estiba pod top web pid,user,args", "columns of one's own"]],
  async run(values, args, cli) {
    await Promise.resolve();
    const [name = ""] = selectPods(cli, values.latest ? [] : args.slice(0, 1), { latest: values.latest });
    const columns = values.latest ? args : args.slice(1);
    const engine = cli.engine();
    const now = performance.timeOrigin + performance.now();
    const tables = inspectPod(engine, name)
      .members.filter(isRunning)
      .flatMap(({ record }) => topUnlessEnded(engine, record.id))
      .map((top) => topRows(top, columns, now));
    const [heading] = tables[0] ?? [];
    if (heading !== undefined) cli.out(formatTable([heading, ...tables.flatMap((rows) => rows.slice(1))]));
    return 0;
  },
});

/** None for a member that has ended since it was listed. */
function topUnlessEnded(engine: Engine, id: string): Top[] {
  try {
    return [topContainer(engine, id)];
  } catch (error) {
    if (isEstibaError(error, "wrong_state", "not_found")) return [];
    throw error;
  }
}
