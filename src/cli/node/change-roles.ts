import type { NodeClient } from "../../cluster/door/client.ts";
import type { Role } from "../../cluster/model/node.ts";
import { forEachName } from "../container/each.ts";
import type { Cli } from "../context.ts";

type RoleChange = {
  readonly names: readonly string[];
  readonly role: Role;
  /** The line about one that was changed. */
  readonly said: (name: string) => string;
};

/** Gives nodes a role, one after another; those that cannot have it are told of at the end. */
export async function changeRoles(cli: Cli, ask: NodeClient, { names, role, said }: RoleChange): Promise<number> {
  return await forEachName(cli, names, async (name) => {
    const { changed } = await ask<{ changed: boolean }>("POST", `/nodes/${encodeURIComponent(name)}/role`, { role });
    return changed ? said(name) : `Node ${name} is already a ${role}.`;
  });
}
