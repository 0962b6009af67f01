import type { ContainerSpec } from "../../../state/container.ts";
import type { Values } from "../../command.ts";
import { parseMount, parseTmpfs, parseVolume } from "../mounts.ts";

/** What is mounted into a container: options of `run` and `create`, as Podman names them. */
export const STORAGE_OPTIONS = {
  mount: { kind: "list", value: "type=TYPE,KEY=VALUE...", help: "Mount a bind, volume or tmpfs" },
  tmpfs: { kind: "list", value: "PATH[:OPTIONS]", help: "Mount a tmpfs" },
  volume: {
    kind: "list",
    short: "v",
    value: "[SOURCE:]TARGET[:OPTIONS]",
    help: "Mount a folder of the host or a volume",
  },
} as const;

export function storageOf(values: Values<typeof STORAGE_OPTIONS>): Pick<ContainerSpec, "mounts"> {
  return {
    mounts: [...values.volume.map(parseVolume), ...values.mount.map(parseMount), ...values.tmpfs.map(parseTmpfs)],
  };
}
