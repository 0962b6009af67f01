import { tasksOf } from "../../cluster/reach/dial.ts";
import { readUsage } from "../../engine/stats.ts";
import { findContainer } from "../../state/containers.ts";
import type { Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { type Seen, showUsage, usageAt } from "../remote/stats.ts";
import type { STATS_OPTIONS } from "../stats.ts";
import type { NamedWord } from "./named-word.ts";

/** What tasks use, each on its node, beside containers of this machine. Throws `not_found` for a name of neither. */
export async function showTaskStats(
  cli: Cli,
  values: Values<typeof STATS_OPTIONS>,
  named: readonly NamedWord[],
): Promise<number> {
  const engine = cli.engine();
  using clients = new DisposableStack();
  const looks = named.map(({ name, place }): (() => Promise<Seen | undefined>) => {
    if (place !== undefined) {
      const client = clients.use(tasksOf(engine, place.nodeId));
      return async () => await usageAt(client, place.containerId);
    }
    const record = findContainer(engine.store, name);
    return async () => ({ id: record.id, name: record.name, usage: readUsage(engine, record) });
  });
  return await showUsage(values, {
    out: cli.out,
    look: async () => {
      const seen = (await Promise.all(looks.map(async (look) => await look()))).filter((one) => one !== undefined);
      return seen.length === 0 ? undefined : seen;
    },
  });
}
