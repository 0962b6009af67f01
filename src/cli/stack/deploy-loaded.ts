import { askNode } from "../../cluster/door/client.ts";
import { checkDeployable } from "../../cluster/stack/check.ts";
import { deployStack } from "../../cluster/stack/deploy.ts";
import type { Loaded } from "../../compose/load.ts";
import type { Cli } from "../context.ts";
import { converge } from "../service/converge.ts";

type Deploying = {
  readonly prune: boolean;
  readonly force: boolean;
  readonly quiet: boolean;
  /** Until all tasks run. */
  readonly wait: boolean;
  /** For what is waited for, by performance.now(). */
  readonly deadline?: number | undefined;
};

/** Has the cluster run a project, and tells of each step. Throws `unsupported` for what cannot work across machines. */
export async function deployLoaded(cli: Cli, loaded: Loaded, options: Deploying): Promise<void> {
  const { quiet, wait, deadline } = options;
  for (const warning of checkDeployable(loaded)) cli.warn(`no effect: ${warning}`);
  const ask = await askNode(cli.engine());
  const waiting: string[] = [];
  const steps = deployStack(ask, loaded, {
    ...options,
    waitFor: async (id) => void (await converge(cli, ask, id, { quiet, deadline, asDependency: true })),
    warn: cli.warn,
  });
  for await (const { what, kind, name, id } of steps) {
    if (!quiet) cli.out(`${what} ${kind} ${name}${what === "Updating" ? ` (id: ${id})` : ""}\n`);
    if (kind === "service" && what !== "Removing") waiting.push(id);
  }
  if (wait) for (const id of waiting) await converge(cli, ask, id, { quiet, deadline });
}
