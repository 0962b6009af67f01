import type { ContainerSize } from "../../engine/container-size.ts";
import type { Engine } from "../../engine/engine.ts";
import type { NamespaceNumbers } from "../../engine/kernel-namespaces.ts";
import type { ContainerSummary } from "../../engine/list.ts";
import type { PodShare } from "../../engine/pod/list.ts";

/** A container with what is only found out when it is asked for. */
export type Listed = {
  readonly container: ContainerSummary;
  readonly size: ContainerSize | undefined;
  readonly namespaces: NamespaceNumbers | undefined;
  readonly pod?: PodShare | undefined;
};

/** Adds sizes (which count every file) and namespaces, where they are wanted, and what those in pods have from there. */
export async function withDetails(
  engine: Engine,
  containers: readonly ContainerSummary[],
  wanted: Wanted,
): Promise<Listed[]> {
  const listed = await withNumbers(engine, containers, wanted);
  if (containers.every(({ record }) => record.spec.pod === undefined)) return listed;
  const shares = (await import("../../engine/pod/list.ts")).podShares(engine, containers);
  return listed.map((one) => ({ ...one, pod: shares.get(one.container.record.id) }));
}

type Wanted = { readonly size: boolean; readonly namespaces: boolean };

async function withNumbers(engine: Engine, containers: readonly ContainerSummary[], wanted: Wanted): Promise<Listed[]> {
  if (!wanted.size && !wanted.namespaces)
    return containers.map((container) => ({ container, size: undefined, namespaces: undefined }));
  const { containerSize } = await import("../../engine/container-size.ts");
  const { namespaceNumbers } = await import("../../engine/kernel-namespaces.ts");
  return containers.map((container) => ({
    container,
    size: wanted.size ? containerSize(engine, container.record) : undefined,
    namespaces: wanted.namespaces ? namespaceNumbers(container) : undefined,
  }));
}

type Key = (listed: Listed) => string | number;

/** What `--sort` can order by, as with Podman. */
export const SORTS: Readonly<Record<string, Key>> = {
  command: ({ container }) => container.record.process.args.join(" "),
  // As they are listed: in the order of making, which stands also when the clock was set back.
  created: () => 0,
  id: ({ container }) => container.record.id,
  image: ({ container }) => container.record.imageName,
  names: ({ container }) => container.record.name,
  runningfor: ({ container: { state, exit } }) => state?.startedAt ?? exit?.startedAt ?? 0,
  size: ({ size }) => size?.root ?? 0,
  status: ({ container }) => container.status,
};

/** In the order of a field; those that are equal stay as they were. */
export function sortListed(listed: readonly Listed[], field: string): Listed[] {
  const key = SORTS[field];
  if (key === undefined) return [...listed];
  return listed
    .map((one) => ({ one, key: key(one) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ one }) => one);
}
