import type { VolumesFrom } from "../../state/spec/mounts.ts";
import { badOption } from "./bad-option.ts";

/** `CONTAINER[:OPTIONS]` of `--volumes-from`; z and Z are labels of SELinux, as with `--volume`. */
export function parseVolumesFrom(text: string): VolumesFrom {
  const [container = "", options, ...rest] = text.split(":");
  const words = options?.split(",") ?? [];
  const unknown = words.find((word) => !["ro", "rw", "z", "Z"].includes(word));
  if (container === "" || unknown !== undefined || rest.length > 0)
    throw badOption("--volumes-from", text, "CONTAINER[:OPTIONS]", "known options: ro, rw, z, Z");
  const access = words.findLast((word) => word === "ro" || word === "rw");
  return { container, ...(access === undefined ? {} : { readOnly: access === "ro" }) };
}
