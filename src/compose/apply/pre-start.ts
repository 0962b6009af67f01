import { removeContainer } from "../../engine/remove.ts";
import { runContainer } from "../../engine/run.ts";
import { EstibaError } from "../../lib/error.ts";
import { LABELS } from "../plan/names.ts";
import type { InitHook } from "../service.ts";
import { containerSpecOf } from "../spec/container-spec.ts";
import { variablesOf } from "../spec/process.ts";
import { type Applying, contextOf } from "./applying.ts";
import { projectContainers } from "./world.ts";

const HOOK = "pre_start";

/**
 * Runs a service's init containers, one after another, each to its end. One that fails is kept, to be looked at; the next run, or `down`,
 * takes it away. Throws `wrong_state` for a failure.
 */
export async function runPreStart(applying: Applying, service: string, signal: AbortSignal): Promise<void> {
  const { engine, loaded } = applying;
  for (const { record } of projectContainers(engine, loaded.project.name)) {
    if (record.labels[LABELS.hook] !== HOOK || record.labels[LABELS.service] !== service) continue;
    await removeContainer(engine, record.id, { force: true, volumes: true });
  }
  for (const [index, hook] of (contextOf(applying, service).service.pre_start ?? []).entries()) {
    signal.throwIfAborted();
    await runOne(applying, { service, hook, index });
  }
}

type InitContainer = { readonly service: string; readonly hook: InitHook; readonly index: number };

async function runOne(applying: Applying, { service, hook, index }: InitContainer): Promise<void> {
  const { engine, naming } = applying;
  const context = contextOf(applying, service);
  const name = [naming.project, service, HOOK, String(index + 1)].join(naming.separator);
  const spec = containerSpecOf(context, {
    name,
    number: 0,
    oneOff: true,
    hash: "",
    imageId: undefined,
    inherited: new Set(),
    labels: { [LABELS.hook]: HOOK, [LABELS.oneOff]: "False" },
  });
  const { restart: _restart, healthcheck: _health, ...plain } = spec;
  const running = await runContainer(
    engine,
    {
      ...plain,
      ...(hook.image === undefined ? {} : { image: hook.image }),
      command: hook.command ?? plain.command,
      env: [...plain.env, ...variablesOf(hook.environment).env],
      ...(hook.user === undefined ? {} : { user: hook.user }),
      ...(hook.working_dir === undefined ? {} : { workdir: hook.working_dir }),
      security: { ...plain.security, privileged: hook.privileged ?? plain.security.privileged },
      ports: [],
      healthcheck: { test: ["NONE"] },
    },
    { attach: false, pass: [] },
  );
  const { code } = await running.ended();
  if (code !== 0) {
    throw new EstibaError("wrong_state", {
      reason: "compose.hook_failed",
      what: `${service}: ${HOOK} hook ${index + 1} exited with status ${code}`,
      fix: `look at its output: estiba logs ${name}`,
    });
  }
  await removeContainer(engine, running.record.id, { force: true, volumes: true });
}
