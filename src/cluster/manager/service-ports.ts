import { EstibaError } from "../../lib/error.ts";
import type { Service, ServiceSpec } from "../model/service.ts";
import { hasDoors } from "../network/attached.ts";
import { KEYS } from "./keys.ts";
import { putOf } from "./manager.ts";
import type { Replica } from "./replica.ts";

/**
 * What goes with the write of a service whose ports on all nodes are others than before: of two that want the same port at once one is
 * refused. Throws `conflict` for a port that another service has, or may go back to.
 */
export function portSteps(replica: Replica, service: Service, before: Service | undefined): ReturnType<typeof putOf>[] {
  const ports = portsOf(service.spec);
  const old = new Set(before === undefined ? [] : portsOf(before.spec));
  const fresh = ports.filter((port) => !old.has(port));
  if (fresh.length === 0) return [];
  for (const other of replica.services.values()) {
    if (other.id === service.id) continue;
    const taken = new Set(heldBy(other));
    const port = fresh.find((each) => taken.has(each));
    if (port !== undefined) throw portTaken(port, other);
  }
  return [putOf(replica, KEYS.portPool, service.id)];
}

function heldBy({ spec, previous, update }: Service): string[] {
  const isUnderWay = update !== undefined && update.completedAt === undefined;
  return [...portsOf(spec), ...(isUnderWay && previous !== undefined ? portsOf(previous.spec) : [])];
}

/** `tcp/8080` for each port that all nodes have. */
function portsOf({ container }: ServiceSpec): string[] {
  if (!hasDoors(container)) return [];
  return container.ports.flatMap(({ share, protocol, hostPort, range }) =>
    share === undefined ? [] : Array.from({ length: range }, (_, offset) => `${protocol}/${hostPort + offset}`),
  );
}

function portTaken(port: string, { id, spec }: Service): EstibaError {
  return new EstibaError("conflict", {
    reason: "service.port_taken",
    what: `port '${port.split("/")[1]}' is already in use by service '${spec.name}' (${id}) as an ingress port`,
    fix: "publish another port, or use mode=host",
  });
}
