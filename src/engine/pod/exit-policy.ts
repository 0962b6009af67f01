import type { ContainerRecord } from "../../state/container.ts";
import { getPod, podMembers } from "../../state/pods.ts";
import type { Engine } from "../engine.ts";
import { isUp, observe } from "../status.ts";
import { stopContainer } from "../stop.ts";

/** After a member of a pod has ended: where its exit policy says so and no other one is up, its sidecars and the infra container are stopped too. */
export async function heedExitPolicy(engine: Engine, { id, spec }: ContainerRecord): Promise<void> {
  if (spec.pod === undefined || spec.pod.infra === true || spec.pod.init !== undefined) return;
  const pod = getPod(engine.store, spec.pod.id);
  if (pod?.exitPolicy !== "stop" || pod.infraId === undefined) return;
  const others = podMembers(engine.store, pod.id).filter((member) => member.id !== pod.infraId);
  const sidecars = others.filter((member) => member.spec.pod?.init === "sidecar");
  if (others.some((member) => !sidecars.includes(member) && isUp(observe(engine, member)))) return;
  for (const sidecar of sidecars.toReversed()) await stopContainer(engine, sidecar.id);
  if (pod.infraId !== id) await stopContainer(engine, pod.infraId);
}
