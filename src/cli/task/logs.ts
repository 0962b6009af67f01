import { tasksOf } from "../../cluster/reach/dial.ts";
import { findContainer } from "../../state/containers.ts";
import type { Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { printLogs } from "../logs/print-logs.ts";
import { abortAt, type LOGS_OPTIONS, ownLog, tailOf } from "../logs.ts";
import { momentOf } from "../moment-option.ts";
import { logElsewhere } from "../remote/logs.ts";
import { type NamedWord, placeElsewhere } from "./named-word.ts";

/** The logs of tasks on whatever nodes, and of containers of this machine, as one. Throws `not_found` for a name of neither. */
export async function showSeveralLogs(
  cli: Cli,
  values: Values<typeof LOGS_OPTIONS>,
  named: readonly NamedWord[],
): Promise<number> {
  const engine = cli.engine();
  const stop = new AbortController();
  const until = momentOf("--until", values.until);
  const follow = values.follow && (until ?? Number.POSITIVE_INFINITY) > Date.now();
  const request = { follow, tail: tailOf(values.tail), signal: stop.signal, details: values.details };
  using clients = new DisposableStack();
  const logs = await Promise.all(
    named.map(async ({ name, place }) => {
      const elsewhere = placeElsewhere(engine, place);
      if (elsewhere === undefined)
        return await ownLog(engine, findContainer(engine.store, place?.containerId ?? name), request);
      const client = clients.use(tasksOf(engine, elsewhere.nodeId));
      return await logElsewhere(client, elsewhere.containerId, { ...values, follow });
    }),
  );
  using _timer = abortAt(stop, follow ? until : undefined);
  const since = momentOf("--since", values.since);
  await printLogs(logs, { ...values, follow, labelled: true, since, until });
  return 0;
}
