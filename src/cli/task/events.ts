import { askNode } from "../../cluster/door/client.ts";
import { clusterEvents } from "../../cluster/reach/cluster-events.ts";
import type { EventWish } from "../../cluster/reach/task-events.ts";
import type { EventRecord } from "../../state/events.ts";
import type { Cli } from "../context.ts";
import { catchInterrupt } from "../image/interrupt.ts";

/** Shows what happens in the whole cluster; resolves to the exit code. */
export async function showClusterEvents(
  cli: Cli,
  wish: EventWish,
  write: (event: EventRecord) => string,
): Promise<number> {
  const ask = await askNode(cli.engine());
  using interrupt = catchInterrupt();
  const silent = (name: string): void => {
    cli.warn(`node ${name} is not in touch with this manager: what happens there is not shown`);
  };
  const events = clusterEvents(cli.engine(), ask, { ...wish, signal: interrupt.signal, silent });
  for await (const event of events) cli.out(write(event));
  return 0;
}
