import { EstibaError } from "../../lib/error.ts";
import type { Project } from "../project.ts";
import type { Service } from "../service.ts";
import { type RecreatePolicy, whyRecreate } from "./divergence.ts";
import { hasFixedPort, imageOf, replicasOf, startsFirst } from "./names.ts";
import type { ObservedContainer, ObservedState } from "./observed.ts";
import { joinedServices } from "./order.ts";
import type { PodPlan } from "./pods.ts";
import { replicaName } from "./replica.ts";
import type { Change } from "./step.ts";
import type { UpRequest } from "./up-request.ts";

/** What becomes of one service's containers, before it is known what has to wait for what. */
export type ServicePlan = {
  readonly name: string;
  readonly service: Service;
  readonly kept: readonly ObservedContainer[];
  readonly recreated: readonly Recreated[];
  /** Its containers publish their ports together. */
  readonly sharesPorts: boolean;
  readonly surplus: readonly ObservedContainer[];
  readonly added: readonly { readonly number: number; readonly name: string }[];
};

export type Recreated = {
  readonly container: ObservedContainer;
  readonly why: readonly Change[];
  /** It has to go before what it stands on is made anew: a network, a volume, the container whose namespaces it joins. */
  readonly first: boolean;
};

type Known = {
  readonly project: Project;
  readonly observed: ObservedState;
  readonly remade: ReadonlySet<string>;
  readonly recreated: ReadonlySet<string>;
  readonly pods: PodPlan;
};

/** Compares a service with its containers. */
export function planService(name: string, known: Known, request: UpRequest): ServicePlan {
  const { project, observed, recreated, remade, pods } = known;
  const service = project.services[name] as Service;
  if (request.leave?.includes(name) === true)
    return { name, service, kept: [], recreated: [], surplus: [], added: [], sharesPorts: false };
  const policy: RecreatePolicy = request.targets.includes(name) ? request.recreate : request.recreateDependencies;
  const hash = request.hashes[name] ?? "";
  const image = imageOf(request.naming, name, service);
  const held = { project, observed, naming: request.naming, policy, hash, image, recreated, remade, pods };
  const wanted = request.scale[name] ?? replicasOf(service);
  if (service["x-estiba"]?.pod !== undefined && wanted > 1) throw oneInPod(name, service["x-estiba"].pod);
  const inPod = service["x-estiba"]?.pod !== undefined;
  const sharesPorts = !inPod && hasFixedPort(service) && (wanted > 1 || startsFirst(service));
  const existing = observed.containers
    .filter((container) => container.service === name && !container.oneOff && !container.helper)
    .map((container) => {
      const alone = sharesPorts && policy !== "never" && !container.sharesPorts;
      const why = whyRecreate(container, service, held);
      return { container, why: why.length === 0 && alone ? [{ path: "ports: shared by several containers" }] : why };
    })
    .toSorted((a, b) => Number(a.why.length > 0) - Number(b.why.length > 0) || a.container.number - b.container.number);
  const staying = existing.slice(0, wanted);
  const moved = joinedServices(service).some((parent) => recreated.has(parent));
  return {
    name,
    service,
    sharesPorts,
    kept: staying.filter(({ why }) => why.length === 0).map(({ container }) => container),
    recreated: staying
      .filter(({ why }) => why.length > 0)
      .map(({ container, why }) => ({
        container,
        why,
        first: moved || standsOn(container, remade) || pods.remade.has(container.pod ?? ""),
      })),
    surplus: existing.slice(wanted).map(({ container }) => container),
    added: newNumbers(existing, wanted, service["x-estiba"]?.replica !== undefined).map((number) => ({
      number,
      name: replicaName(request.naming, project, { name, number }),
    })),
  };
}

function oneInPod(name: string, pod: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "compose.pod_scale",
    what: `service "${name}" is in the pod "${pod}", and a pod has one of each service`,
    fix: "scale it to 0 or 1, or take it out of the pod",
  });
}

function standsOn({ networks, volumes }: ObservedContainer, remade: ReadonlySet<string>): boolean {
  return networks.some((name) => remade.has(name)) || volumes.some(({ name }) => remade.has(name));
}

// As docker compose: behind the highest number, also where lower ones are free; unless somebody goes by the numbers.
function newNumbers(existing: readonly { container: ObservedContainer }[], wanted: number, counted: boolean): number[] {
  const taken = existing.map(({ container }) => container.number);
  const first = counted ? 1 : Math.max(0, ...taken) + 1;
  const free = Array.from({ length: wanted + taken.length }, (_, index) => first + index);
  return free.filter((number) => !taken.includes(number)).slice(0, Math.max(0, wanted - taken.length));
}
