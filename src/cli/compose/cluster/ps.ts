import { askNode } from "../../../cluster/door/client.ts";
import type { TaskRow } from "../../../cluster/door/wire.ts";
import { isLive } from "../../../cluster/model/task.ts";
import { showTasks } from "../../service/show-tasks.ts";
import type { ComposeCli } from "../globals.ts";
import { openSession } from "../session.ts";
import { servicesOnCluster } from "./services.ts";

type Showing = {
  readonly all: boolean;
  readonly format: string | undefined;
  readonly "no-trunc": boolean;
  readonly quiet: boolean;
  readonly services: boolean;
};

/** Lists the tasks of the project's stack. */
export async function psOnCluster(values: Showing, names: readonly string[], cli: ComposeCli): Promise<number> {
  const ask = await askNode(cli.engine());
  const services = await servicesOnCluster(openSession(cli), ask, names);
  if (values.services) {
    for (const { service } of services) cli.out(`${service.spec.name}\n`);
    return 0;
  }
  const ids = new Set(services.map(({ service }) => service.id));
  const rows = (await ask<TaskRow[]>("GET", "/tasks")).filter(
    ({ task }) => ids.has(task.serviceId) && (values.all || isLive(task)),
  );
  showTasks(cli, rows, { ...values, filter: [], "no-resolve": false, services });
  return 0;
}
