import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer, getState } from "../../state/containers.ts";
import type { PodRecord } from "../../state/pod.ts";
import { findPod, podMembers } from "../../state/pods.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { removeContainer } from "../remove.ts";
import { startAlone } from "../start.ts";
import { isRunning, observe } from "../status.ts";
import { stopContainer } from "../stop.ts";
import { waitForExit } from "../wait.ts";
import { strandedMembers } from "./dependencies.ts";
import { forEachMember, type PodOutcome } from "./each.ts";

/** How an init container is run, by what runs it once, or starts it as a sidecar; {@link startPod} does so once only by itself. */
export type RunInit = (member: ContainerRecord, once: () => Promise<void>) => Promise<void>;

const STARTUP_LOOK_MS = 1000;

/**
 * Starts a pod: its infra container, then its init containers, one after another to their end, or, of a sidecar, until its start-up check
 * has passed, then all others by what they require.
 * Idempotent: what runs stays. Members that still run in the namespaces of an infra container which has ended are started anew with the
 * rest. Throws `not_found`, `wrong_state` for a pod without containers, and what an init container failed by; failures of others are given.
 */
export async function startPod(
  engine: Engine,
  nameOrId: string,
  runInit: RunInit = async (_, once) => await once(),
): Promise<PodOutcome> {
  const pod = findPod(engine.store, nameOrId);
  const warnings: string[] = [];
  await startInfra(engine, pod, warnings);
  const members = podMembers(engine.store, pod.id).filter(({ spec }) => spec.pod?.infra !== true);
  if (members.length === 0 && pod.infraId === undefined) throw isEmpty(pod);
  for (const member of members) {
    const init = member.spec.pod?.init;
    if (init === undefined) continue;
    const run = init === "sidecar" ? startSidecar : runToEnd;
    await runInit(member, async () => await run(engine, member, warnings));
  }
  // Each alone: one that another requires may have run to its end by then, and is not to run twice.
  const failures = await forEachMember(
    members.filter(({ spec }) => spec.pod?.init === undefined),
    async (member) => warnings.push(...(await startMember(engine, member))),
  );
  emitEvent(engine, { type: "pod", action: "start", id: pod.id, name: pod.name, labels: pod.labels });
  return { pod, failures, warnings };
}

async function startInfra(engine: Engine, { infraId }: PodRecord, warnings: string[]): Promise<void> {
  const infra = infraId === undefined ? undefined : getContainer(engine.store, infraId);
  if (infra === undefined || isRunning(observe(engine, infra))) return;
  const stop = async ({ id }: ContainerRecord) => await stopContainer(engine, id, { ending: "restart", keep: true });
  const [failure] = await forEachMember(strandedMembers(engine, infra), stop, { reverse: true });
  if (failure !== undefined) throw failure.error;
  warnings.push(...(await startMember(engine, infra)));
}

/** Starts one, and gives the warnings. What it fails by is told with its name: it is one of several. */
async function startMember(engine: Engine, member: ContainerRecord): Promise<readonly string[]> {
  try {
    return (await startAlone(engine, member, false)).warnings;
  } catch (error) {
    // Who is not there any more is none that failed.
    if (!isEstibaError(error) || error.reason === "container.unknown") throw error;
    throw new EstibaError(error.code, {
      reason: "pod.member_not_started",
      what: `starting container "${member.name}"`,
      cause: error,
      retryable: error.retryable,
    });
  }
}

async function startSidecar(engine: Engine, member: ContainerRecord, warnings: string[]): Promise<void> {
  warnings.push(...(await startMember(engine, member)));
  if (member.healthcheck?.startup === undefined) return;
  const { waitForCondition } = await import("../wait-condition.ts");
  try {
    // It is neither until the start-up check has passed.
    await waitForCondition(engine, member.id, { conditions: ["healthy", "unhealthy"], intervalMs: STARTUP_LOOK_MS });
  } catch (error) {
    if (!isEstibaError(error, "wrong_state")) throw error;
    const said = getState(engine.live, member.id)?.health?.log.at(-1)?.output;
    throw new EstibaError("wrong_state", {
      reason: "pod.sidecar_ended",
      what: `sidecar container "${member.name}" has ended before its start-up check passed${said === undefined ? "" : `, which said "${said.trim()}"`}`,
      fix: `see: estiba logs ${member.name}`,
    });
  }
}

/** Runs an init container; where another start of the pod has run it to its end and removed it meanwhile, that is as good. */
async function runToEnd(engine: Engine, member: ContainerRecord, warnings: string[]): Promise<void> {
  try {
    await runOne(engine, member, warnings);
  } catch (error) {
    const isRun = member.spec.pod?.init === "once" && getContainer(engine.store, member.id) === undefined;
    if (!isRun || !isEstibaError(error, "not_found")) throw error;
  }
}

async function runOne(engine: Engine, member: ContainerRecord, warnings: string[]): Promise<void> {
  warnings.push(...(await startMember(engine, member)));
  const { code } = await waitForExit(engine, member.id);
  if (code !== 0) {
    throw new EstibaError("wrong_state", {
      reason: "pod.init_failed",
      what: `init container ${member.id} exited with code ${code}`,
      fix: `see: estiba logs ${member.name}`,
      details: { exitCode: code },
    });
  }
  if (member.spec.pod?.init === "once") await removeContainer(engine, member.id, { force: true, volumes: true });
}

function isEmpty({ id }: PodRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "pod.empty",
    what: `pod ${id} has no containers: no such container`,
    fix: "add one: estiba run --pod",
  });
}
