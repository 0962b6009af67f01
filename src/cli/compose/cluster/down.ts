import { askNode } from "../../../cluster/door/client.ts";
import { removeLeftNetwork } from "../../../cluster/door/networks.ts";
import { partsOfStack, removeStack } from "../../../cluster/stack/stacks.ts";
import { EstibaError } from "../../../lib/error.ts";
import type { ComposeCli } from "../globals.ts";
import { openSession } from "../session.ts";

/** Removes the stack of the project's name, all but its volumes. */
export async function downOnCluster(_values: unknown, services: readonly string[], cli: ComposeCli): Promise<number> {
  const session = openSession(cli);
  const { project } = (await session.loadIfThere()).naming;
  const [first] = services;
  if (first !== undefined)
    throw new EstibaError("unsupported", {
      reason: "compose.not_on_cluster",
      what: `compose down ${first} works on one machine only, not with --cluster`,
      fix: `estiba service rm ${project}_${first}`,
    });
  const ask = await askNode(cli.engine());
  const parts = await partsOfStack(ask, project);
  if (parts.length === 0) cli.warn(`no resource found to remove for project "${project}"`);
  if (session.dryRun) {
    for (const { kind, name } of parts) cli.err(` DRY-RUN MODE -  Removing ${kind} ${name}\n`);
    return 0;
  }
  const removed = removeStack(ask, project, async (id) => await removeLeftNetwork(ask, id));
  for await (const { kind, name } of removed) cli.out(`Removing ${kind} ${name}\n`);
  return 0;
}
