import { TASK_LABELS } from "../../../cluster/agent/labels.ts";
import { askNode } from "../../../cluster/door/client.ts";
import type { TaskRow } from "../../../cluster/door/wire.ts";
import { STACK_LABELS } from "../../../cluster/stack/names.ts";
import { showTaskLogs } from "../../service/show-logs.ts";
import type { ComposeCli } from "../globals.ts";
import { openSession } from "../session.ts";
import { servicesOnCluster } from "./services.ts";

type Showing = {
  readonly follow: boolean;
  readonly "no-log-prefix": boolean;
  readonly since: string | undefined;
  readonly tail: string | undefined;
  readonly timestamps: boolean;
};

/** Shows what the tasks of the project's stack printed, on whatever nodes. */
export async function logsOnCluster(values: Showing, names: readonly string[], cli: ComposeCli): Promise<number> {
  const session = openSession(cli);
  const { project } = (await session.loadIfThere()).naming;
  const ask = await askNode(cli.engine());
  const services = await servicesOnCluster(session, ask, names);
  const ids = new Set(services.map(({ service }) => service.id));
  const rows = (await ask<TaskRow[]>("GET", "/tasks")).filter(({ task }) => ids.has(task.serviceId));
  const options = {
    ...values,
    raw: values["no-log-prefix"],
    "no-resolve": false,
    "no-task-ids": false,
    "no-trunc": false,
  };
  await showTaskLogs(cli, ask, options, {
    label: `${STACK_LABELS.stack}=${project}`,
    rows,
    wants: ({ labels }) => names.length === 0 || ids.has(labels[TASK_LABELS.service] ?? ""),
  });
  return 0;
}
