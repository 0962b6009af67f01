import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { findContainer, getContainer } from "../../state/containers.ts";
import { findPod, getPod, podMembers } from "../../state/pods.ts";
import { secretById } from "../../state/secrets.ts";
import { getVolume, type VolumeRecord } from "../../state/volumes.ts";
import { volumeFolder } from "../../storage/volume.ts";
import type { FilePlan } from "../plan/pod-plan.ts";
import { type GenerateFacts, kubeName, type Source } from "./context.ts";

export type Found = { readonly sources: readonly Source[]; readonly volumes: readonly VolumeRecord[] };

/** What names mean: pods, containers that are in none, volumes, in this order. Throws `not_found`, and `invalid` for a member of a pod. */
export function findSources(engine: Engine, names: readonly string[]): Found {
  const sources: Source[] = [];
  const volumes: VolumeRecord[] = [];
  for (const name of names) {
    const source = orUnknown(() => podSource(engine, name)) ?? orUnknown(() => containerSource(engine, name));
    if (source !== undefined) sources.push(source);
    else volumes.push(volumeOf(engine, name));
  }
  return { sources, volumes };
}

function orUnknown<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}

function podSource(engine: Engine, name: string): Source {
  const pod = findPod(engine.store, name);
  const members = podMembers(engine.store, pod.id).filter(({ id }) => id !== pod.infraId);
  const holder = pod.infraId === undefined ? undefined : getContainer(engine.store, pod.infraId);
  if (members.length === 0) {
    throw new EstibaError("wrong_state", {
      reason: "kube.empty_pod",
      what: `the pod "${pod.name}" has no containers, and Kubernetes wants one`,
      fix: `add one: estiba create --pod ${pod.name} IMAGE`,
    });
  }
  return { name: pod.name, pod, holder, members };
}

function containerSource(engine: Engine, name: string): Source {
  const record = findContainer(engine.store, name);
  const pod = record.spec.pod === undefined ? undefined : getPod(engine.store, record.spec.pod.id);
  if (pod !== undefined) {
    throw new EstibaError("invalid", {
      reason: "kube.member",
      what: `container ${record.id} is associated with pod ${pod.id}: use generate on the pod itself`,
      fix: `estiba kube generate ${pod.name}`,
    });
  }
  return { name: `${kubeName(record.name)}-pod`, pod: undefined, holder: record, members: [record] };
}

function volumeOf(engine: Engine, name: string): VolumeRecord {
  const volume = getVolume(engine.store, name);
  if (volume !== undefined) return volume;
  throw new EstibaError("not_found", {
    reason: "kube.unknown_source",
    what: `there is no pod, container or volume "${name}"`,
    fix: "see: estiba pod ps, estiba ps --all, estiba volume ls",
  });
}

/** What the generator asks of an engine. */
export function generateFacts(engine: Engine): GenerateFacts {
  return {
    volume: (name) => getVolume(engine.store, name),
    files: (name) => filesBelow(volumeFolder(engine.paths.root, name)),
    secret: (id) => (id === undefined ? undefined : secretById(engine.store, id)),
    kindOf: (path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) return "";
      return found.isDirectory() ? "Directory" : found.isFile() ? "File" : "";
    },
  };
}

// Only containers that may not write have had it.
function filesBelow(folder: string): FilePlan[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return paths.map((path) => ({
    path: relative(folder, path),
    data: readFileSync(path),
    mode: statSync(path).mode & 0o777,
  }));
}
