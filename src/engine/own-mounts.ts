import { existsSync } from "node:fs";
import type { SpecLinux } from "../oci/runtime-spec.ts";
import { isOwn } from "../runtime/spec.ts";
import type { MountPlan } from "../runtime/spec-mounts.ts";
import type { ContainerRecord } from "../state/container.ts";
import { joinedContainer } from "../state/spec/namespaces.ts";
import type { Engine } from "./engine.ts";
import { onlyWaits } from "./pod/infra-image.ts";
import { planShm } from "./shm.ts";

/** The group of terminals, as in every distribution. */
const TTY = 5;

/** What a container's namespaces mean for the file systems that show them. */
export function planOwnMounts(
  engine: Engine,
  record: ContainerRecord,
  namespaces: SpecLinux["namespaces"],
): Pick<MountPlan, "shm" | "fromHost" | "left" | "ttyGroup"> {
  const mapped = namespaces.some(({ type }) => type === "user");
  const { namespaces: modes = {}, network } = record.spec;
  // Whose user namespace it joins, too, shares what belongs to that.
  const family = joinedContainer(modes.user?.mode);
  const shared = (type: "pid" | "ipc" | "network", mode: string | undefined): boolean =>
    !isOwn(namespaces, type) && (family === undefined || joinedContainer(mode) !== family);
  const foreignQueues = mapped && shared("ipc", modes.ipc);
  const hostQueues = record.spec.namespaces?.ipc === "host" && existsSync("/dev/mqueue");
  const groups = record.idMaps?.gids;
  return {
    shm: planShm(engine, record),
    fromHost: [
      // What a file system shows belongs to a user namespace, and only its own root may mount it.
      ...(mapped && shared("pid", modes.pid) ? ["/proc" as const] : []),
      ...(foreignQueues && hostQueues ? ["/dev/mqueue" as const] : []),
      ...(record.spec.network === "host" || (mapped && shared("network", network)) ? ["/sys" as const] : []),
    ],
    left: [...(foreignQueues && !hostQueues ? ["/dev/mqueue"] : []), ...(onlyWaits(record) ? ["/sys/fs/cgroup"] : [])],
    ttyGroup: groups === undefined || groups.some(({ inside, size }) => TTY >= inside && TTY < inside + size),
  };
}

/** Whether the network namespace is the container's alone, so that its settings are too. */
export function ownsNetwork({ spec }: ContainerRecord): boolean {
  return spec.network === "bridge" || spec.network === "none";
}
