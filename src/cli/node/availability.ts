import { askNode } from "../../cluster/door/client.ts";
import type { NodeChange } from "../../cluster/manager/nodes.ts";
import type { Availability } from "../../cluster/model/node.ts";
import { forEachName } from "../container/each.ts";
import type { Cli } from "../context.ts";

/** Has nodes take tasks, or none, as their availability says; prints the name of each. */
export async function setAvailability(cli: Cli, names: readonly string[], availability: Availability): Promise<number> {
  const ask = await askNode(cli.engine());
  const change: NodeChange = { availability };
  return await forEachName(cli, names, async (name) => {
    await ask("PUT", `/nodes/${encodeURIComponent(name)}`, change);
    return name;
  });
}
