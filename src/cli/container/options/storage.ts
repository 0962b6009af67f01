import type { ContainerSpec } from "../../../state/container.ts";
import type { Values } from "../../command.ts";
import { parseMount } from "../mount-option.ts";
import { parseTmpfs, parseVolume } from "../mounts.ts";
import { parseSecret } from "../secret-option.ts";
import { parseVolumesFrom } from "../volumes-from.ts";

/** What is mounted into a container: options of `run` and `create`, as Podman names them. */
export const STORAGE_OPTIONS = {
  "image-volume": {
    kind: "string",
    value: "KIND",
    help: "What to mount where the image declares volumes (default anonymous)",
    choices: ["anonymous", "bind", "tmpfs", "ignore"],
  },
  mount: {
    kind: "list",
    value: "type=TYPE,KEY=VALUE...",
    help: "Mount a bind, devpts, glob, image, ramfs, tmpfs or volume",
  },
  secret: {
    kind: "list",
    value: "NAME[,KEY=VALUE...]",
    help: "Give it a secret: type=mount|env, target, uid, gid, mode",
    complete: "secret",
  },
  tmpfs: { kind: "list", value: "PATH[:OPTIONS]", help: "Mount a tmpfs" },
  volume: {
    kind: "list",
    short: "v",
    value: "[SOURCE:]TARGET[:OPTIONS]",
    help: "Mount a folder of the host or a volume",
    complete: "mount-source",
  },
  "volumes-from": {
    kind: "list",
    value: "CONTAINER[:ro|rw|z]",
    help: "Mount what is mounted into another container",
    complete: "container",
  },
} as const;

export function storageOf(
  values: Values<typeof STORAGE_OPTIONS>,
): Pick<ContainerSpec, "mounts"> & Partial<Pick<ContainerSpec, "volumesFrom" | "imageVolumes" | "secrets">> {
  const volumesFrom = values["volumes-from"].map(parseVolumesFrom);
  const imageVolumes = values["image-volume"];
  return {
    mounts: [...values.volume.map(parseVolume), ...values.mount.flatMap(parseMount), ...values.tmpfs.map(parseTmpfs)],
    ...(values.secret.length === 0 ? {} : { secrets: values.secret.map(parseSecret) }),
    ...(volumesFrom.length === 0 ? {} : { volumesFrom }),
    // `bind` is Podman's older word for anonymous volumes.
    ...(imageVolumes === "tmpfs" || imageVolumes === "ignore" ? { imageVolumes } : {}),
  };
}
