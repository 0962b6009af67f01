import type { NodeClient } from "../../../cluster/door/client.ts";
import type { ServiceSummary } from "../../../cluster/door/wire.ts";
import { serviceName } from "../../../cluster/stack/names.ts";
import { stackServices } from "../../../cluster/stack/stacks.ts";
import { noSuchService } from "../containers.ts";
import type { Session } from "../session.ts";

/** The services of a project's stack that were named, or all of them. Throws `not_found`. */
export async function servicesOnCluster(
  session: Session,
  ask: NodeClient,
  names: readonly string[],
): Promise<ServiceSummary[]> {
  const { loaded, naming } = await session.loadIfThere();
  const there = await stackServices(ask, naming.project);
  const wanted = new Set(names.map((name) => serviceName(naming.project, name)));
  for (const name of names)
    if (!there.some(({ service }) => service.spec.name === serviceName(naming.project, name)))
      throw noSuchService(name, loaded?.declaredServices ?? []);
  return names.length === 0 ? there : there.filter(({ service }) => wanted.has(service.spec.name));
}
