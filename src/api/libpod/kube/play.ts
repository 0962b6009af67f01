import { pullImage } from "../../../engine/pull.ts";
import { announceMove } from "../../../host/cgroup-mode.ts";
import { planFile } from "../../../kube/plan/plan.ts";
import { type TakenDown, takeDown } from "../../../kube/play/down.ts";
import { planFacts } from "../../../kube/play/facts.ts";
import { type PlayedPod, playPlan, provideAll } from "../../../kube/play/play.ts";
import { type ReadObject, readObjects } from "../../../kube/schema/objects.ts";
import { describeError } from "../../../lib/error.ts";
import { option, options } from "../../docker/container/words.ts";
import { Fields } from "../../docker/fields.ts";
import { ApiError, badRequest } from "../../http/api-error.ts";
import { parseJsonObject } from "../../http/body.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import type { Query } from "../../http/query.ts";
import { registryOptions } from "../image/transfer.ts";

/** As much YAML as anybody writes. */
const MAX_BYTES = 8 * 1024 * 1024;

/** `POST /libpod/kube/play`, and `play/kube` as older clients call it. The images of the file are pulled; none is built, for there is no folder. */
export async function play(call: Call): Promise<Reply> {
  const { engine, query, service, signal } = call;
  for (const name of ["build", "serviceContainer", "wait"])
    if (query.flag(name)) throw badRequest(`${name} is not supported by the service`);
  const file = await readBody(call);
  const { options: asked, seccompRoot } = await service.playFromWords(playWords(query));
  const plan = planFile(file, [], planFacts(engine, seccompRoot), asked);
  const registry = registryOptions(call);
  const images = await provideAll(plan, async (image, policy) => {
    const pulling = pullImage(engine, image, { ...registry, policy, signal });
    for (;;) {
      const { done, value } = await pulling.next();
      if (done === true) return value.name;
    }
  });
  const replaced: { down?: TakenDown } = {};
  void announceMove();
  const { pods, volumes, secrets } = await playPlan(engine, plan, {
    images,
    start: query.flag("start", true),
    takeDown: query.flag("replace")
      ? async () => {
          replaced.down = await takeDown(engine, file.objects, { force: false });
        }
      : undefined,
    createCommand: [],
    retrying: { tell: () => {}, signal },
  });
  return ok({
    // What there is to say of the file is said once.
    Pods: pods.map((pod, index) => printPod(pod, index === 0 ? plan.warnings : [])),
    Volumes: volumes.map((Name) => ({ Name })),
    ...teardown(replaced.down),
    Secrets: secrets.map((ID) => ({ CreateReport: { ID } })),
  });
}

function printPod({ id, containers, failures, warnings }: PlayedPod, ofFile: readonly string[]): object {
  return {
    ID: id,
    Containers: containers,
    InitContainers: null,
    Logs: [...ofFile, ...warnings],
    ContainerErrors: failures.length === 0 ? null : failures.map((failure) => describeError(failure)),
  };
}

function playWords(query: Query): string[] {
  const list = (name: string): string[] => query.all(name).filter(Boolean);
  return [
    ...options("network", list("network")),
    ...options("publish", list("publishPorts")),
    ...(query.flag("publishAllPorts") ? ["--publish-all"] : []),
    ...options("ip", list("staticIPs").length > 0 ? list("staticIPs") : list("staticips")),
    ...options("mac-address", list("staticMACs").length > 0 ? list("staticMACs") : list("staticmacs")),
    ...(query.flag("noHosts") || query.flag("nohosts") ? ["--no-hosts"] : []),
    ...(query.flag("noHostname") ? ["--no-hostname"] : []),
    ...option("userns", query.text("userns")),
    ...option("log-driver", query.text("logDriver") ?? query.text("logdriver")),
    ...options("log-opt", [...list("logOptions"), ...list("logoptions")]),
    ...options("annotation", annotationTexts(query)),
    ...option("seccomp-profile-root", query.text("seccompProfileRoot") ?? query.text("seccompprofileroot")),
  ];
}

function annotationTexts(query: Query): string[] {
  const annotations = new Fields(parseJsonObject(`{"annotations":${query.text("annotations") ?? "{}"}}`));
  return Object.entries(annotations.map("annotations")).map(([key, value]) => `${key}=${value}`);
}

/** `DELETE /libpod/kube/play`, `play/kube` */
export async function down(call: Call): Promise<Reply> {
  const { objects } = await readBody(call);
  const taken = await takeDown(call.engine, objects, { force: call.query.flag("force") });
  return ok({ Pods: null, Volumes: null, ...teardown(taken), Secrets: null });
}

function teardown(down: TakenDown | undefined): Record<string, unknown> {
  if (down === undefined) return { StopReport: null, RmReport: null };
  const { stopped, removed, volumes, secrets } = down;
  return {
    StopReport: stopped.map((Id) => ({ Errs: null, Id })),
    RmReport: removed.map((Id) => ({ Err: null, Id })),
    VolumeRmReport: volumes.map((Id) => ({ Err: null, Id })),
    SecretRmReport: secrets.map((ID) => ({ Err: null, ID })),
  };
}

async function readBody({ body }: Call): Promise<ReturnType<typeof readObjects> & { objects: readonly ReadObject[] }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new ApiError(413, `request body is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return readObjects({ name: "the request", text: Buffer.concat(chunks).toString("utf8") });
}
