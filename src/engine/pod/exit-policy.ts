import type { ContainerRecord } from "../../state/container.ts";
import { getPod, podMembers } from "../../state/pods.ts";
import type { Engine } from "../engine.ts";
import { isUp, observe } from "../status.ts";
import { stopContainer } from "../stop.ts";

/** After a member of a pod has ended: where its exit policy says so and no other one is up, the infra container is stopped too. */
export async function heedExitPolicy(engine: Engine, { id, spec }: ContainerRecord): Promise<void> {
  if (spec.pod === undefined || spec.pod.infra === true || spec.pod.init !== undefined) return;
  const pod = getPod(engine.store, spec.pod.id);
  if (pod?.exitPolicy !== "stop" || pod.infraId === undefined) return;
  const others = podMembers(engine.store, pod.id).filter((member) => member.id !== pod.infraId);
  if (others.some((member) => isUp(observe(engine, member)))) return;
  if (pod.infraId !== id) await stopContainer(engine, pod.infraId);
}
