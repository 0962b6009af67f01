import { EstibaError } from "../../lib/error.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import type { Service, ServiceSpec } from "../model/service.ts";
import { hasDoors } from "../network/attached.ts";
import { KEYS } from "./keys.ts";
import { putOf } from "./manager.ts";
import type { Replica } from "./replica.ts";

type OpenPort = Pick<PortMapping, "protocol" | "hostIp" | "hostPort">;

/** Each port: those that all nodes have, and those of the nodes with a task. */
type Published = { readonly shared: readonly OpenPort[]; readonly own: readonly OpenPort[] };

/**
 * What goes with the write of a service whose published ports are others than before: of two that want the same port at once one is
 * refused. Throws `conflict` for a port that another service has, or may go back to; those of nodes' own several services may have, and are
 * placed so that they do not meet. Throws `invalid` where a service publishes one twice.
 */
export function portSteps(replica: Replica, service: Service, before: Service | undefined): ReturnType<typeof putOf>[] {
  const ports = publishedBy(service.spec);
  requireOnce(ports);
  const old = before === undefined ? { shared: [], own: [] } : publishedBy(before.spec);
  const shared = ports.shared.filter((port) => !old.shared.some((each) => isSame(each, port)));
  const own = ports.own.filter((port) => !old.own.some((each) => isSame(each, port)));
  if (shared.length + own.length === 0) return [];
  for (const other of replica.services.values()) {
    if (other.id === service.id) continue;
    for (const held of heldBy(other)) {
      const onAll = [...shared, ...own].find((port) => held.shared.some((each) => overlaps(each, port)));
      if (onAll !== undefined) throw portTaken(onAll, other, "an ingress port");
      const onSome = shared.find((port) => held.own.some((each) => overlaps(each, port)));
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
  const numbers = (ports: typeof container.ports): OpenPort[] =>
    ports.flatMap(({ protocol, hostIp, hostPort, range }) =>
      Array.from({ length: range }, (_, offset): OpenPort => ({ protocol, hostIp, hostPort: hostPort + offset })),
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
  const twice = all.find((port, index) => all.slice(0, index).some((other) => overlaps(port, other)));
  if (twice === undefined) return;
  throw new EstibaError("invalid", {
    reason: "service.port_twice",
    what: `duplicate published ports provided: ${twice.hostPort}/${twice.protocol}`,
    fix: "publish each port once, or on addresses that differ: -p 8080:80 -p 8081:81",
  });
}

function isSame(a: OpenPort, b: OpenPort): boolean {
  return a.protocol === b.protocol && a.hostPort === b.hostPort && a.hostIp === b.hostIp;
}

/** Whether both would have what comes in at one address. */
function overlaps(a: OpenPort, b: OpenPort): boolean {
  if (a.protocol !== b.protocol || a.hostPort !== b.hostPort) return false;
  if (a.hostIp === b.hostIp || a.hostIp === "" || b.hostIp === "") return true;
  const isSixth = a.hostIp.includes(":");
  const all = isSixth ? "::" : "0.0.0.0";
  return isSixth === b.hostIp.includes(":") && [a.hostIp, b.hostIp].includes(all);
}

function portTaken({ hostPort }: OpenPort, { id, spec }: Service, as: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "service.port_taken",
    what: `port '${hostPort}' is already in use by service '${spec.name}' (${id}) as ${as}`,
    fix: "publish another port",
  });
}
