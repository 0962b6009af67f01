import { EstibaError } from "../../lib/error.ts";
import { listContainers } from "../../state/containers.ts";
import type { PortChooser } from "../spec/network.ts";
import type { Applying } from "./applying.ts";

/** Chooses, from a range, a port that no other container has; `except` is the one whose place is taken. */
export function portChooser({ engine, takenPorts }: Applying, except: string | undefined): PortChooser {
  return (first, last, { protocol, host_ip }) => {
    const used = new Set(takenPorts);
    for (const { id, spec } of listContainers(engine.store)) {
      if (id === except) continue;
      for (const port of spec.ports) {
        for (let offset = 0; offset < port.range; offset++) used.add(`${port.hostPort + offset}/${port.protocol}`);
      }
    }
    for (let port = first; port <= last; port++) {
      const key = `${port}/${protocol}`;
      if (used.has(key)) continue;
      takenPorts.add(key);
      return port;
    }
    throw new EstibaError("exhausted", {
      reason: "compose.no_free_port",
      what: `every port of ${host_ip ?? ""}${host_ip === undefined ? "" : ":"}${first}-${last}/${protocol} is published already`,
      fix: "give the service a wider range, or fewer replicas",
    });
  };
}
