import { lookUpImage } from "../../../engine/find-image.ts";
import { createPod, type PodSpec } from "../../../engine/pod/create.ts";
import { pullImage } from "../../../engine/pull.ts";
import { Fields } from "../../docker/fields.ts";
import type { Call, Reply } from "../../http/call.ts";
import { fieldsOf, refuseUnknown } from "../container/known-fields.ts";
import { podWords } from "./create-words.ts";
import { podRequest } from "./described-create.ts";

/** `POST /libpod/pods/create` */
export async function create(call: Call): Promise<Reply> {
  const values = await call.json();
  refuseUnknown(values, fieldsOf(podRequest));
  const body = new Fields(values);
  const spec = await call.service.podFromWords(podWords(body));
  await provideInfra(call, spec);
  const command = body.texts("pod_create_command");
  const pod = await createPod(call.engine, { ...spec, ...(command.length === 0 ? {} : { createCommand: command }) });
  return { status: 201, json: { Id: pod.id } };
}

// An image of one's own for the infra container: where it is missing, it is pulled, as Podman does.
async function provideInfra({ engine, signal }: Call, { infra }: PodSpec): Promise<void> {
  if (infra === undefined || infra.image === "" || lookUpImage(engine, infra.image) !== undefined) return;
  const pulling = pullImage(engine, infra.image, { signal });
  while ((await pulling.next()).done !== true);
}
