import { imageFor } from "../../engine/create.ts";
import { defineContainer } from "../../engine/define.ts";
import type { Engine } from "../../engine/engine.ts";
import { requireLog } from "../../engine/log/destination.ts";
import { findAttachments, requireNetworks } from "../../engine/network/require.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { ContainerPlan, KubePlan } from "../plan/pod-plan.ts";
import { userOf } from "./member.ts";
import { KUBE_NETWORK } from "./network.ts";
import { refuseForeignVolume } from "./volumes.ts";

/**
 * Sees that a plan can be carried out here, by its images, networks and volumes, before anything is made or taken down for it. Throws what
 * carrying it out would throw.
 */
export async function checkPlan(engine: Engine, plan: KubePlan, images: ReadonlyMap<string, string>): Promise<void> {
  for (const { name: pod, infra, init, containers, volumes } of plan.pods) {
    await checkNetworks(engine, infra);
    for (const { name } of volumes) refuseForeignVolume(engine, name, pod);
    for (const container of [...init, ...containers]) checkContainer(engine, container, images);
  }
}

async function checkNetworks(engine: Engine, { networks = [] }: ContainerSpec): Promise<void> {
  // That of the pods is made for them.
  const others = networks.filter(({ network }) => network !== KUBE_NETWORK);
  requireNetworks(engine, await findAttachments(engine, others));
}

function checkContainer(engine: Engine, plan: ContainerPlan, images: ReadonlyMap<string, string>): void {
  const image = images.get(plan.spec.image) ?? plan.spec.image;
  const spec = { ...plan.spec, image, ...userOf(engine, plan, image) };
  requireLog(spec);
  defineContainer(spec, imageFor(engine, image), {
    id: "",
    name: spec.name ?? "",
    createdAt: 0,
    newVolumeName: () => "",
  });
}
