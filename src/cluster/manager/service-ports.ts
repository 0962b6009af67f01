import { EstibaError } from "../../lib/error.ts";
import type { Service, ServiceSpec } from "../model/service.ts";
import { hasDoors } from "../network/attached.ts";
import { KEYS } from "./keys.ts";
import { putOf } from "./manager.ts";
import type { Replica } from "./replica.ts";

/** `tcp/8080` of each port: those that all nodes have, and those of the nodes with a task. */
type Published = { readonly shared: readonly string[]; readonly own: readonly string[] };

/**
 * What goes with the write of a service whose published ports are others than before: of two that want the same port at once one is
 * refused. Throws `conflict` for a port that another service has, or may go back to; those of nodes' own several services may have, and are
 * placed so that they do not meet. Throws `invalid` where a service publishes one twice.
 */
export function portSteps(replica: Replica, service: Service, before: Service | undefined): ReturnType<typeof putOf>[] {
  const ports = publishedBy(service.spec);
  requireOnce(ports);
  const old = before === undefined ? { shared: [], own: [] } : publishedBy(before.spec);
  const shared = ports.shared.filter((port) => !old.shared.includes(port));
  const own = ports.own.filter((port) => !old.own.includes(port));
  if (shared.length + own.length === 0) return [];
  for (const other of replica.services.values()) {
    if (other.id === service.id) continue;
    for (const held of heldBy(other)) {
      const onAll = [...shared, ...own].find((port) => held.shared.includes(port));
      if (onAll !== undefined) throw portTaken(onAll, other, "an ingress port");
      const onSome = shared.find((port) => held.own.includes(port));
      if (onSome !== undefined) throw portTaken(onSome, other, "a host-published port");
    }
  }
  return [putOf(replica, KEYS.portPool, service.id)];
}

function heldBy({ spec, previous, update }: Service): Published[] {
  const isUnderWay = update !== undefined && update.completedAt === undefined;
  return [publishedBy(spec), ...(isUnderWay && previous !== undefined ? [publishedBy(previous.spec)] : [])];
}

function publishedBy({ container }: ServiceSpec): Published {
  const numbers = (ports: typeof container.ports): string[] =>
    ports.flatMap(({ protocol, hostPort, range }) =>
      Array.from({ length: range }, (_, offset) => `${protocol}/${hostPort + offset}`),
    );
  const { shared = [], own = [] } = Object.groupBy(container.ports, ({ share }) =>
    share === undefined ? "own" : "shared",
  );
  return {
    shared: hasDoors(container) ? numbers(shared) : [],
    // Without a number they are the node's choice.
    own: numbers(own.filter(({ hostPort }) => hostPort !== 0)),
  };
}

function requireOnce({ shared, own }: Published): void {
  const all = [...shared, ...own];
  const twice = all.find((port, index) => all.indexOf(port) !== index);
  if (twice === undefined) return;
  throw new EstibaError("invalid", {
    reason: "service.port_twice",
    what: `duplicate published ports provided: ${twice.split("/")[1]}/${twice.split("/")[0]}`,
    fix: "publish each port once: -p 8080:80 -p 8081:81",
  });
}

function portTaken(port: string, { id, spec }: Service, as: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "service.port_taken",
    what: `port '${port.split("/")[1]}' is already in use by service '${spec.name}' (${id}) as ${as}`,
    fix: "publish another port",
  });
}
