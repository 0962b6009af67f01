import { announceMove } from "../../host/cgroup-mode.ts";
import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer } from "../../state/containers.ts";
import { getPod, podMembers } from "../../state/pods.ts";
import { joinedContainer } from "../../state/spec/namespaces.ts";
import type { Engine } from "../engine.ts";
import type { Beside } from "../launch.ts";
import { dependenciesOf } from "../namespaces.ts";
import { startFound } from "../start.ts";
import { isRunning, observe } from "../status.ts";

/**
 * Starts what a container of a pod, or one with `requires`, needs to run: the pod's infra container first of all. Gives the warnings of
 * those starts. The caller does not hold the container's lock: who starts one thing waits for no other with a lock in hand. Throws
 * `wrong_state` where the infra container has ended, and other members still run in the namespaces it had.
 */
export async function startDependencies(engine: Engine, record: ContainerRecord): Promise<string[]> {
  if (isRunning(observe(engine, record))) return [];
  const { pod, requires = [] } = record.spec;
  const wanted = pod === undefined ? requires : dependenciesOf(record);
  const warnings: string[] = [];
  for (const id of wanted) {
    const dependency = getContainer(engine.store, id);
    if (dependency === undefined || isRunning(observe(engine, dependency))) continue;
    if (dependency.spec.pod?.infra === true) refuseTwoWorlds(engine, dependency);
    warnings.push(...(await startFound(engine, dependency, false)).warnings);
    // Soon the next monitor is moved: what the kernel waits for before that may begin now.
    void announceMove();
  }
  return warnings;
}

/**
 * Starts the infra container of a member that is about to be started, where that is all the member waits for, and gives it back as soon
 * as this process has little to do for it: the member can be made beside it. Undefined where there is more to do, or nothing. Throws what
 * comes before.
 */
export async function startBeside(engine: Engine, record: ContainerRecord): Promise<Beside | undefined> {
  const [id, ...others] = dependenciesOf(record);
  if (id === undefined || others.length > 0 || joinedContainer(record.spec.network) !== id) return undefined;
  const infra = getContainer(engine.store, id);
  if (infra?.spec.pod?.infra !== true || isRunning(observe(engine, infra))) return undefined;
  refuseTwoWorlds(engine, infra);
  const going = Promise.withResolvers<void>();
  const made = Promise.withResolvers<void>();
  const turn = Promise.withResolvers<void>();
  const told = { going: going.resolve, made: made.resolve, turn: turn.promise };
  const begun = startFound(engine, infra, false, told).then(({ warnings }) => warnings);
  // Somebody else may have started it meanwhile: then nobody was told. A failure is told by `begun` alone.
  void begun.then(
    () => made.resolve(),
    () => made.resolve(),
  );
  await Promise.race([going.promise, begun]);
  return { made: made.promise, begun, goOn: turn.resolve };
}

/** The members that run in namespaces of an infra container which has ended: the next one would have others. */
export function strandedMembers(engine: Engine, infra: ContainerRecord): ContainerRecord[] {
  return podMembers(engine.store, infra.spec.pod?.id ?? "").filter(
    (member) => dependenciesOf(member).includes(infra.id) && isRunning(observe(engine, member)),
  );
}

function refuseTwoWorlds(engine: Engine, infra: ContainerRecord): void {
  const stranded = strandedMembers(engine, infra);
  if (stranded.length === 0) return;
  const name = getPod(engine.store, infra.spec.pod?.id ?? "")?.name ?? "";
  throw new EstibaError("wrong_state", {
    reason: "pod.infra_ended",
    what: `the infra container of pod "${name}" has ended, and ${stranded.map((member) => member.name).join(", ")} still run in the namespaces it had: a new one would have others`,
    fix: `start all of them together: estiba pod restart ${name}`,
  });
}
