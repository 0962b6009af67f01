import type { ContainerRecord } from "../../state/container.ts";
import type { InspectFacts } from "../container-inspect.ts";

type NamespaceModes = {
  readonly CgroupMode: string;
  readonly IpcMode: string;
  readonly PidMode: string;
  readonly UTSMode: string;
  readonly UsernsMode: string;
  readonly IDMappings: Record<string, string[]> | undefined;
};

/** Which namespaces are the container's own, in the words of `HostConfig`. */
export function inspectNamespaces(record: ContainerRecord, { cgroupNamespace }: InspectFacts): NamespaceModes {
  const { namespaces = {} } = record.spec;
  return {
    CgroupMode: namespaces.cgroup ?? (cgroupNamespace ? "private" : "host"),
    IpcMode: namespaces.ipc ?? "shareable",
    PidMode: namespaces.pid ?? "private",
    UTSMode: namespaces.uts ?? "private",
    UsernsMode: usernsMode(record),
    IDMappings: record.idMaps === undefined ? undefined : idMappings(record.idMaps),
  };
}

// Podman says no more than "private" of a mapping, however it came about.
function usernsMode({ spec: { namespaces } }: ContainerRecord): string {
  const mode = namespaces?.user?.mode ?? "host";
  if (mode === "host") return "";
  return mode === "auto" || mode === "keep-id" ? "private" : mode;
}

function idMappings({ uids, gids }: NonNullable<ContainerRecord["idMaps"]>): Record<string, string[]> {
  const words = (ranges: typeof uids) => ranges.map(({ inside, outside, size }) => `${inside}:${outside}:${size}`);
  return { UidMap: words(uids), GidMap: words(gids) };
}
