import type { NodeClient } from "../door/client.ts";
import type { FileSummary, NetworkSummary, ServiceSummary } from "../door/wire.ts";
import type { Deployed } from "./deploy.ts";
import { STACK_LABELS } from "./labels.ts";

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

type Removed = Omit<Deployed, "what" | "kind"> & { readonly kind: "service" | "secret" | "config" | "network" };

/** Removes a stack: its services, then its secrets and configs; its networks when its tasks have left them. */
export async function* removeStack(
  ask: NodeClient,
  stack: string,
  networkLeft: (id: string) => Promise<void>,
): AsyncGenerator<Removed> {
  for (const { service } of await stackServices(ask, stack)) {
    yield { kind: "service", name: service.spec.name, id: service.id };
    await ask("DELETE", `/services/${service.id}`);
  }
  for (const kind of ["secret", "config"] as const) {
    const files = await ask<FileSummary[]>("GET", `/files/${kind}`);
    for (const { id, name, labels } of files) {
      if (labels[STACK_LABELS.stack] !== stack) continue;
      yield { kind, name, id };
      await ask("DELETE", `/files/${kind}/${id}`);
    }
  }
  for (const { network } of await ask<NetworkSummary[]>("GET", "/networks")) {
    if (network.labels[STACK_LABELS.stack] !== stack) continue;
    yield { kind: "network", name: network.name, id: network.id };
    await networkLeft(network.id);
  }
}
