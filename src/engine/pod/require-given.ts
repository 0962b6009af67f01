import { checkAddresses } from "../../network/lease.ts";
import { planDevices } from "../../runtime/spec-devices.ts";
import { planResources } from "../../runtime/spec-resources.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { PodRecord } from "../../state/pod.ts";
import type { Engine } from "../engine.ts";
import { requireSource } from "../mount-source.ts";
import { networkOf } from "../network/plan.ts";
import { findAttachments } from "../network/require.ts";
import { plainSpec } from "../plain-spec.ts";
import { hostLimits } from "./cgroup.ts";

type Given = Pick<PodRecord, "resources" | "defaults"> & { readonly infra: ContainerSpec | undefined };

/**
 * Looks for what a pod names of this host before it is made: devices, CPUs, sources of mounts, addresses of its networks; and whether its
 * limits can hold together. Throws what the first start would throw.
 */
export async function requireGiven(engine: Engine, { resources, defaults, infra }: Given): Promise<void> {
  planResources(resources, [], hostLimits(resources));
  planDevices(plainSpec({ image: "" }).security, defaults.devices, []);
  for (const mount of infra?.mounts ?? [])
    if (mount.type === "bind" && mount.createSource !== true) requireSource(mount.source);
  for (const { network, ...wanted } of await findAttachments(engine, infra?.networks ?? []))
    checkAddresses(networkOf(engine, network), wanted);
}
