import type { ContainerRecord } from "../../state/container.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";

/** The names of a container on any of its networks; one that is to take another's place has not what they are to share yet. */
export function namesOf(record: ContainerRecord, replaced?: ContainerRecord): string[] {
  const shared = record.spec.standbyNames === true ? [] : [record.hostname];
  return [record.name, shortId(record), ...shared, ...(replaced === undefined ? [] : [replaced.name])];
}

/** Its names on one of its networks. */
export function ownNames(record: ContainerRecord, { aliases = [] }: NetworkAttachment): string[] {
  return [...new Set([...namesOf(record), ...(record.spec.standbyNames === true ? [] : aliases)])];
}

export function shortId({ id }: ContainerRecord): string {
  return id.slice(0, 12);
}
