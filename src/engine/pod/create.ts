import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { randomHex } from "../../lib/random-hex.ts";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import { transaction } from "../../state/database.ts";
import { hasLimits, type PodRecord } from "../../state/pod.ts";
import { insertPod } from "../../state/pods.ts";
import { findSecret } from "../../state/secrets.ts";
import type { Namespaces } from "../../state/spec/namespaces.ts";
import { createContainer } from "../create.ts";
import { checkName } from "../define.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { hostNameOf } from "../host-name.ts";
import { randomName } from "../random-name.ts";
import { pauseImage } from "./infra-image.ts";
import { requireGiven } from "./require-given.ts";

const NAME_ATTEMPTS = 8;

/** What a user asks of a pod; what is missing is decided when it is made. */
export type PodSpec = Pick<PodRecord, "labels" | "share" | "shareParent" | "exitPolicy" | "resources" | "defaults"> &
  Partial<Pick<PodRecord, "name" | "restart" | "createCommand">> & {
    /**
     * The container that holds what is shared, with the pod's network, ports, volumes, host name. An empty image takes our own, which
     * waits; one without a name is called after the pod. Undefined: the pod shares nothing.
     */
    readonly infra: ContainerSpec | undefined;
  };

/**
 * Records a pod and its infra container, in one durable transaction. Nothing runs yet; the infra container's image is local, or ours.
 * Throws `conflict` for a name in use, `invalid`, and what the creation of a container throws.
 */
export async function createPod(engine: Engine, asked: PodSpec): Promise<PodRecord> {
  if (asked.name !== undefined) checkName(asked.name, "pod");
  checkSharing(asked);
  for (const { secret } of asked.defaults.secrets ?? []) findSecret(engine.store, secret);
  await requireGiven(engine, asked);
  const image = asked.infra?.image === "" ? await pauseImage(engine) : asked.infra?.image;
  for (let attempt = 0; ; attempt++) {
    const pod = podOf(asked, randomHex(32), asked.name ?? randomName(attempt));
    try {
      const made =
        image === undefined ? insertAlone(engine, pod) : await insertWithInfra(engine, pod, { ...asked, image });
      emitEvent(engine, { type: "pod", action: "create", id: made.id, name: made.name, labels: made.labels });
      return made;
    } catch (error) {
      const nameTaken = isEstibaError(error, "conflict") && asked.name === undefined;
      if (!nameTaken || attempt >= NAME_ATTEMPTS) throw error;
    }
  }
}

function podOf({ infra, ...asked }: PodSpec, id: string, name: string): PodRecord {
  const { restart, createCommand, ...rest } = asked;
  return {
    ...rest,
    id,
    name,
    createdAt: Date.now(),
    hostname: infra?.hostname ?? hostNameOf(name),
    ...(restart === undefined || restart.name === "no" ? {} : { restart }),
    ...(createCommand === undefined ? {} : { createCommand }),
  };
}

function insertAlone(engine: Engine, pod: PodRecord): PodRecord {
  transaction(engine.store, () => insertPod(engine.store, pod));
  return pod;
}

async function insertWithInfra(
  engine: Engine,
  pod: PodRecord,
  { infra, image }: PodSpec & { image: string },
): Promise<PodRecord> {
  if (infra === undefined) return pod;
  const made = { pod };
  const within = (record: ContainerRecord): void => {
    made.pod = { ...pod, infraId: record.id };
    insertPod(engine.store, made.pod);
  };
  await createContainer(engine, infraOf(pod, { ...infra, image }), { within });
  return made.pod;
}

function infraOf(pod: PodRecord, infra: ContainerSpec): ContainerSpec {
  const parent = pod.resources.cgroupParent;
  return {
    ...infra,
    name: infra.name ?? `${pod.id.slice(0, 12)}-infra`,
    ...(infra.namespaces?.uts === "host" || infra.network === "host" ? {} : { hostname: pod.hostname }),
    pod: { id: pod.id, infra: true, ...(pod.shareParent ? { cgroup: true } : {}) },
    namespaces: sharedBy(pod, infra),
    resources: { ...infra.resources, ...(parent === undefined ? {} : { cgroupParent: parent }) },
    ...(pod.restart === undefined ? {} : { restart: pod.restart }),
  };
}

// What is shared has to be there, also where a container alone would have the host's; and who is private with it is the pod.
function sharedBy({ share }: PodRecord, { namespaces = {} }: ContainerSpec): Namespaces {
  return {
    ...(share.includes("cgroup") ? { cgroup: "private" } : {}),
    ...namespaces,
    ...(share.includes("ipc") && namespaces.ipc === "private" ? { ipc: "shareable" } : {}),
  };
}

function checkSharing({ share, shareParent, infra, resources }: PodSpec): void {
  if (!shareParent && hasLimits({ resources }))
    throw badSharing(
      "the limits of a pod are those of its cgroup, and with --share-parent=false it has none",
      "leave out --share-parent=false, or give the limits to its containers",
    );
  if (infra === undefined && share.length > 0)
    throw badSharing(
      `cannot set share(${share.join(",")}) namespaces without an infra container`,
      "leave out --infra=false",
    );
  if (share.includes("ipc") && infra?.namespaces?.ipc === "none")
    throw badSharing("with --ipc none there is no shared memory that members could share", "leave one out of --share");
  if (infra !== undefined && shareParent && share.includes("cgroup")) {
    throw badSharing(
      "cannot define the pod as the cgroup parent at the same time as joining the infra container's cgroupNS: invalid argument",
      "add --share-parent=false",
    );
  }
}

function badSharing(what: string, fix: string): EstibaError {
  return new EstibaError("invalid", { reason: "pod.bad_sharing", what, fix });
}
