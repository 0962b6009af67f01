import { plainSpec } from "../../engine/plain-spec.ts";
import { createPod } from "../../engine/pod/create.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { Cli } from "../context.ts";
import { DEFAULT_SHARE } from "./spec.ts";

/** `--pod new:NAME`: makes the pod, which gets the container's network and ports. Gives the container as a member of it. */
export async function inNewPod(cli: Cli, spec: ContainerSpec): Promise<ContainerSpec> {
  const { network, networks, ports, publishAll, expose, addHosts, dns, dnsSearch, dnsOptions, hostname, ...rest } =
    spec;
  const name = (spec.pod?.id ?? "").slice("new:".length);
  const infra = plainSpec({
    image: "",
    network,
    ...(networks === undefined ? {} : { networks }),
    ports,
    publishAll,
    expose,
    addHosts,
    dns,
    dnsSearch,
    dnsOptions,
    ...(hostname === undefined ? {} : { hostname }),
  });
  const pod = await createPod(cli.engine(), {
    name,
    labels: {},
    share: DEFAULT_SHARE,
    shareParent: true,
    exitPolicy: "continue",
    resources: {},
    defaults: { env: [], devices: [], security: {} },
    infra,
    ...(spec.createCommand === undefined ? {} : { createCommand: spec.createCommand }),
  });
  return { ...plainSpec({ image: spec.image }), ...rest, pod: { ...spec.pod, id: pod.id } };
}
