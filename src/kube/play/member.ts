import { createContainer } from "../../engine/create.ts";
import type { Engine } from "../../engine/engine.ts";
import { findImage } from "../../engine/find-image.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import type { PodRecord } from "../../state/pod.ts";
import type { ContainerPlan } from "../plan/pod-plan.ts";

/** Records a container of a pod; its image is local by the name given. Throws `denied` for one that must not be root and would be. */
export async function createMember(
  engine: Engine,
  pod: PodRecord,
  plan: ContainerPlan,
  image: string,
): Promise<ContainerRecord> {
  const spec: ContainerSpec = {
    ...plan.spec,
    image,
    ...userOf(engine, plan, image),
    pod: { id: pod.id, ...(plan.init === undefined ? {} : { init: plan.init }) },
  };
  return await createContainer(engine, spec);
}

/** The user of a container, where its plan says more than its image. Throws `denied` as {@link createMember}. */
export function userOf(engine: Engine, { spec, nonRoot, group }: ContainerPlan, image: string): { user?: string } {
  if (!nonRoot && group === undefined) return {};
  const brought = parseImageConfig(findImage(engine, image).image.config).process.user;
  const user = spec.user ?? brought;
  const [name = ""] = user.split(":");
  // A name may mean root; Kubernetes wants to see that it does not, too.
  if (nonRoot && !/^0*[1-9]\d*$/.test(name)) throw mayBeRoot(spec.name ?? "", name);
  return group === undefined ? {} : { user: `${name === "" ? "0" : name}:${group}` };
}

function mayBeRoot(container: string, user: string): EstibaError {
  const who = user === "" || user === "0" ? "root" : `"${user}", a name that may mean root`;
  return new EstibaError("denied", {
    reason: "kube.runs_as_root",
    what: `container "${container}" has runAsNonRoot, and its user is ${who}`,
    fix: "set runAsUser to a number other than 0",
  });
}
