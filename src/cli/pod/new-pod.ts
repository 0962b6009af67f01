import { plainSpec } from "../../engine/plain-spec.ts";
import { createPod } from "../../engine/pod/create.ts";
import { removePod } from "../../engine/pod/remove.ts";
import type { ContainerSpec } from "../../state/container.ts";
import { podMembers } from "../../state/pods.ts";
import type { Cli } from "../context.ts";
import { DEFAULT_SHARE } from "./spec.ts";

/**
 * `--pod new:NAME`: makes the pod, which gets what of the container all members would have in common, and the container as a member of it.
 * Where no container comes of it, the pod goes again: the next try finds its name free.
 */
export async function inNewPod<T>(
  cli: Cli,
  spec: ContainerSpec,
  make: (member: ContainerSpec) => Promise<T>,
): Promise<T> {
  const engine = cli.engine();
  const { infra, member } = divide(spec);
  const pod = await createPod(engine, {
    name: (spec.pod?.id ?? "").slice("new:".length),
    labels: {},
    share: DEFAULT_SHARE,
    shareParent: true,
    exitPolicy: "continue",
    resources: {},
    defaults: { env: [], devices: [], security: {} },
    infra,
    ...(spec.createCommand === undefined ? {} : { createCommand: spec.createCommand }),
  });
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => {
    if (podMembers(engine.store, pod.id).every(({ id }) => id === pod.infraId))
      await removePod(engine, pod.id, { force: true });
  });
  const made = await make({ ...member, pod: { ...spec.pod, id: pod.id } });
  undo.move();
  return made;
}

/** What the infra container has of a container's spec, and what is left to the member. */
function divide(spec: ContainerSpec): Record<"infra" | "member", ContainerSpec> {
  const { network, networks, ports, publishAll, expose, addHosts, dns, dnsSearch, dnsOptions, hostname, ...rest } =
    spec;
  const { sysctls, namespaces: { user, ...namespaces } = {}, resources, ...member } = rest;
  const { shmBytes, ...limits } = resources;
  const ownIpc = namespaces.ipc !== undefined;
  const isOwn = (name: string): boolean => ownIpc && !name.startsWith("net.");
  const among = (own: boolean) => Object.fromEntries(Object.entries(sysctls).filter(([name]) => isOwn(name) === own));
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
    sysctls: among(false),
    resources: ownIpc || shmBytes === undefined ? {} : { shmBytes },
    ...(user === undefined ? {} : { namespaces: { user } }),
    ...(hostname === undefined ? {} : { hostname }),
  });
  return {
    infra,
    member: {
      ...plainSpec({ image: spec.image }),
      ...member,
      sysctls: among(true),
      resources: ownIpc ? resources : limits,
      ...(Object.keys(namespaces).length === 0 ? {} : { namespaces }),
    },
  };
}
