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

// Swarm's.
const FIRST_CHOSEN = 30_000;
const LAST_CHOSEN = 32_767;

/**
 * The spec with a port for each that all nodes are to have and that names none: the one that the service has for it, else the first of 30000
 * to 32767 that is nobody's. Throws `exhausted`.
 */
export function withChosenPorts(replica: Replica, spec: ServiceSpec, before: Service | undefined): ServiceSpec {
  const { ports } = spec.container;
  if (!ports.some(isOpen)) return spec;
  const others = [...replica.services.values()].filter(({ id }) => id !== before?.id).flatMap(heldBy);
  const taken = [...others, publishedBy(spec)].flatMap(({ shared, own }) => [...shared, ...own]);
  const kept = (before?.spec.container.ports ?? []).filter(({ hostPort }) => hostPort >= FIRST_CHOSEN);
  const chosen = ports.map((port): PortMapping => {
    if (!isOpen(port)) return port;
    const isFree = (hostPort: number): boolean =>
      Array.from({ length: port.range }, (_, offset) => ({ ...port, hostPort: hostPort + offset })).every(
        (one) => !taken.some((held) => overlaps(held, one)),
      );
    const same = kept.find(
      (one) => one.containerPort === port.containerPort && one.protocol === port.protocol && one.hostIp === port.hostIp,
    );
    const hostPort = same !== undefined && isFree(same.hostPort) ? same.hostPort : firstFree(port, isFree);
    for (let offset = 0; offset < port.range; offset += 1) taken.push({ ...port, hostPort: hostPort + offset });
    return { ...port, hostPort };
  });
  return { ...spec, container: { ...spec.container, ports: chosen } };
}

function isOpen({ share, hostPort }: PortMapping): boolean {
  return share !== undefined && hostPort === 0;
}

function firstFree({ range, containerPort }: PortMapping, isFree: (hostPort: number) => boolean): number {
  for (let port = FIRST_CHOSEN; port + range - 1 <= LAST_CHOSEN; port += 1) if (isFree(port)) return port;
  throw new EstibaError("exhausted", {
    reason: "service.no_free_port",
    what: `no port of ${FIRST_CHOSEN} to ${LAST_CHOSEN} is left for port ${containerPort} of the service`,
    fix: "name a port of the nodes, such as 8080:80",
  });
}

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
