import type { Engine } from "../../engine/engine.ts";
import { createPod } from "../../engine/pod/create.ts";
import { removePod } from "../../engine/pod/remove.ts";
import { startPod } from "../../engine/pod/start.ts";
import { createSecret } from "../../engine/secret/create.ts";
import type { PodRecord } from "../../state/pod.ts";
import type { ContainerPlan, KubePlan, PodPlan } from "../plan/pod-plan.ts";
import { checkPlan } from "./check.ts";
import { holdNetwork } from "./hold-network.ts";
import { initRetries, type Retrying } from "./init-retries.ts";
import { createMember } from "./member.ts";
import { KUBE_NETWORK } from "./network.ts";
import { makeClaim, makeStorage, removePodVolumes } from "./volumes.ts";

/** How a plan is carried out. */
export type PlayOrder = {
  /** The images of the plan, by the names that they are found by here. */
  readonly images: ReadonlyMap<string, string>;
  readonly start: boolean;
  /** Takes down what the plan takes the place of, once the plan is seen to be possible. */
  readonly takeDown?: (() => Promise<unknown>) | undefined;
  readonly createCommand: readonly string[];
  readonly retrying: Retrying;
};

/** A pod that was made; `failures` are those of its containers' starts. */
export type PlayedPod = {
  readonly id: string;
  readonly containers: readonly string[];
  readonly failures: readonly unknown[];
  readonly warnings: readonly string[];
};

export type Played = {
  readonly volumes: readonly string[];
  readonly secrets: readonly string[];
  readonly pods: readonly PlayedPod[];
};

/**
 * Makes all that a plan asks for, whose images are here, once it is seen to be possible: secrets, claimed volumes and pods, which are
 * started when all of them are made. A failure before the first start takes the pods back; claimed volumes and secrets stay. Throws `conflict` for names in use, and what
 * the parts throw; containers that do not start are given as failures.
 */
export async function playPlan(engine: Engine, plan: KubePlan, order: PlayOrder): Promise<Played> {
  const { images } = order;
  await checkPlan(engine, plan, images);
  await order.takeDown?.();
  const secrets: string[] = [];
  for (const { name, data, labels } of plan.secrets)
    secrets.push((await createSecret(engine, { name, data, labels, existing: "replace" })).id);
  const volumes: string[] = [];
  for (const claim of plan.claims) if (await makeClaim(engine, claim)) volumes.push(claim.name);
  const made = await makePods(engine, plan.pods, order);
  // All at once: an init container may wait for a Service whose pod stands later in the file.
  const pods = await Promise.all(
    made.map(async ({ pod, containers, plan: asked }): Promise<PlayedPod> => {
      const started =
        order.start && asked.start ? await startMade(engine, pod, order.retrying) : { failures: [], warnings: [] };
      return { id: pod.id, containers, ...started };
    }),
  );
  return { volumes, secrets, pods };
}

/** Makes an image local, and gives the name it is found by. */
type Provide = (image: string, pull: ContainerPlan["pull"]) => Promise<string>;

/** Makes the images of a plan local, by the names in its file; before anything that runs is taken down for it. */
export async function provideAll({ pods }: KubePlan, provide: Provide): Promise<Map<string, string>> {
  const images = new Map<string, string>();
  for (const { init, containers, images: mounted } of pods) {
    for (const { spec, pull } of [...init, ...containers])
      if (!images.has(spec.image)) images.set(spec.image, await provide(spec.image, pull));
    for (const image of mounted) await provide(image, "missing");
  }
  return images;
}

type MadePod = { readonly pod: PodRecord; readonly containers: readonly string[]; readonly plan: PodPlan };

async function makePods(engine: Engine, plans: readonly PodPlan[], order: PlayOrder): Promise<MadePod[]> {
  await using undo = new AsyncDisposableStack();
  const onOwn = plans.some(({ infra }) => infra.networks?.some(({ network }) => network === KUBE_NETWORK));
  using _network = onOwn ? await holdNetwork(engine) : undefined;
  const made: MadePod[] = [];
  for (const plan of plans) made.push(await makePod(engine, plan, order, undo));
  undo.move();
  return made;
}

async function makePod(engine: Engine, plan: PodPlan, order: PlayOrder, undo: AsyncDisposableStack): Promise<MadePod> {
  const pod = await createPod(engine, {
    name: plan.name,
    labels: plan.labels,
    share: plan.share,
    shareParent: true,
    exitPolicy: "stop",
    resources: {},
    defaults: { env: [], devices: [], security: {} },
    infra: plan.infra,
    restart: plan.restart,
    createCommand: order.createCommand,
  });
  undo.defer(async () => void (await removePodVolumes(engine, (name) => name === plan.name)));
  undo.defer(async () => void (await removePod(engine, pod.id, { force: true })));
  await makeStorage(engine, plan);
  const containers: string[] = [];
  for (const container of [...plan.init, ...plan.containers]) {
    const { image } = container.spec;
    const { id } = await createMember(engine, pod, container, order.images.get(image) ?? image);
    if (container.init !== "always") containers.push(id);
  }
  return { pod, containers, plan };
}

async function startMade(
  engine: Engine,
  pod: PodRecord,
  retrying: Retrying,
): Promise<Pick<PlayedPod, "failures" | "warnings">> {
  try {
    const { failures, warnings } = await startPod(engine, pod.id, initRetries(engine, pod, retrying));
    return { failures: failures.map(({ error }) => error), warnings };
  } catch (error) {
    // The other pods of the file are started all the same.
    return { failures: [error], warnings: [] };
  }
}
