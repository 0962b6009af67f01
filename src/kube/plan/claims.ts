import type { PersistentVolumeClaim } from "kubernetes-types/core/v1";
import { type PlanContext, reject } from "./context.ts";
import type { ClaimPlan } from "./pod-plan.ts";

const PREFIX = "volume.podman.io/";

/** A claim as a volume of its name; Podman's annotations say of which kind. */
export function claimOf(context: PlanContext, name: string, { metadata }: PersistentVolumeClaim): ClaimPlan {
  const annotations = metadata?.annotations ?? {};
  const words = new Map<string, string>();
  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith(PREFIX)) continue;
    const known = ["driver", "device", "type", "uid", "gid", "mount-options", "import-source"];
    const word = key.slice(PREFIX.length);
    if (!known.includes(word))
      reject(context, [annotations, key], `unknown annotation ${key}`, `known: ${known.join(", ")}`);
    words.set(word, value);
  }
  const driver = words.get("driver") ?? "local";
  if (driver !== "local")
    reject(context, [annotations, `${PREFIX}driver`], `there is no volume driver "${driver}"`, "take it out");
  const o = [
    ...["uid", "gid"].flatMap((id) => (words.has(id) ? [`${id}=${words.get(id)}`] : [])),
    ...(words.has("mount-options") ? [words.get("mount-options") ?? ""] : []),
  ].join(",");
  const options = {
    ...(words.has("type") ? { type: words.get("type") ?? "" } : {}),
    ...(words.has("device") ? { device: words.get("device") ?? "" } : {}),
    ...(o === "" ? {} : { o }),
  };
  return { name, labels: metadata?.labels ?? {}, options, importFrom: words.get("import-source") };
}
