import type { LabelSelector, ObjectMeta } from "kubernetes-types/meta/v1";
import { type Fields, hint, NAME, object, type Rule, refused, SERVER, TEXT_MAP, works } from "./rule.ts";

const META: Fields<ObjectMeta> = {
  name: works(NAME),
  labels: works(TEXT_MAP),
  annotations: works(TEXT_MAP, "shown by inspect; io.podman.annotations.* and run.oci.* are not acted on"),
  namespace: hint(
    "all names are in one here; those that a Service has besides say it, and so does fieldRef",
    "default",
  ),
  generateName: refused("a name that changes at each play could not be taken down by its file; write metadata.name"),
  finalizers: SERVER,
  creationTimestamp: SERVER,
  deletionGracePeriodSeconds: SERVER,
  deletionTimestamp: SERVER,
  generation: SERVER,
  managedFields: SERVER,
  ownerReferences: SERVER,
  resourceVersion: SERVER,
  selfLink: SERVER,
  uid: SERVER,
};

export const METADATA: Rule = object("ObjectMeta", () => META);

const SELECTOR: Fields<LabelSelector> = {
  matchLabels: works(TEXT_MAP, "must be among the labels of the template"),
  matchExpressions: hint("the pods of a workload are those of its template"),
};

export const LABEL_SELECTOR: Rule = object("LabelSelector", () => SELECTOR);

/** What every object begins with. */
export function header(
  kind: string,
  version: string,
): {
  readonly apiVersion: ReturnType<typeof works>;
  readonly kind: ReturnType<typeof works>;
  readonly metadata: ReturnType<typeof works>;
} {
  const exactly = (value: string): Rule => ({ kind: "text", choices: [value] });
  return { apiVersion: works(exactly(version)), kind: works(exactly(kind)), metadata: works(METADATA) };
}
