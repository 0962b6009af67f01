import { tasksOf } from "../../cluster/reach/dial.ts";
import type { Cli } from "../context.ts";
import { findTaskPlace } from "./find.ts";

/** What `inspect` shows of the container of a task, wherever it is; undefined for a name of none. */
export async function inspectTask(cli: Cli, name: string, size: boolean): Promise<object | undefined> {
  const place = await findTaskPlace(cli, name);
  if (place === undefined) return undefined;
  using client = tasksOf(cli.engine(), place.nodeId);
  return await client.json<object>("GET", `/inspect/${place.containerId}`, {
    query: { size: size ? true : undefined },
  });
}
