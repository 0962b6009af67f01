import type { NodeClient } from "../door/client.ts";
import type { FileSummary, NetworkSummary, ServiceSummary } from "../door/wire.ts";
import { STACK_LABELS } from "./names.ts";

/** The stacks that there are, by name, with the number of their services. */
export async function listStacks(ask: NodeClient): Promise<{ readonly name: string; readonly services: number }[]> {
  const counts = new Map<string, number>();
  for (const { service } of await ask<ServiceSummary[]>("GET", "/services")) {
    const stack = service.spec.labels[STACK_LABELS.stack];
    if (stack !== undefined) counts.set(stack, (counts.get(stack) ?? 0) + 1);
  }
  return [...counts].map(([name, services]) => ({ name, services })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Services of a stack that are there, by name. */
export async function stackServices(ask: NodeClient, stack: string): Promise<ServiceSummary[]> {
  const all = await ask<ServiceSummary[]>("GET", "/services");
  return all
    .filter(({ service }) => service.spec.labels[STACK_LABELS.stack] === stack)
    .toSorted((a, b) => (a.service.spec.name < b.service.spec.name ? -1 : 1));
}

export type StackPart = {
  readonly kind: "service" | "secret" | "config" | "network";
  readonly name: string;
  readonly id: string;
};

/** All that belongs to a stack, in the order in which it can be removed. */
export async function partsOfStack(ask: NodeClient, stack: string): Promise<StackPart[]> {
  const services = (await stackServices(ask, stack)).map(
    ({ service }): StackPart => ({ kind: "service", name: service.spec.name, id: service.id }),
  );
  const files: StackPart[] = [];
  for (const kind of ["secret", "config"] as const)
    for (const { id, name, labels } of await ask<FileSummary[]>("GET", `/files/${kind}`))
      if (labels[STACK_LABELS.stack] === stack) files.push({ kind, name, id });
  const networks = (await ask<NetworkSummary[]>("GET", "/networks"))
    .filter(({ network }) => network.labels[STACK_LABELS.stack] === stack)
    .map(({ network }): StackPart => ({ kind: "network", name: network.name, id: network.id }));
  return [...services, ...files, ...networks];
}

/** Removes a stack: its services, then its secrets and configs; its networks when its tasks have left them. */
export async function* removeStack(
  ask: NodeClient,
  stack: string,
  networkLeft: (id: string) => Promise<void>,
): AsyncGenerator<StackPart> {
  for (const part of await partsOfStack(ask, stack)) {
    yield part;
    if (part.kind === "network") await networkLeft(part.id);
    else await ask("DELETE", `/${part.kind === "service" ? "services" : `files/${part.kind}`}/${part.id}`);
  }
}
