import { isDeepStrictEqual } from "node:util";
import type { Loaded } from "../../compose/load.ts";
import type { Service as ComposeService } from "../../compose/service.ts";
import type { NodeClient } from "../door/client.ts";
import type { ServiceSummary } from "../door/wire.ts";
import type { Service, ServiceSpec } from "../model/service.ts";
import { inOrder, type Waiting, waitForOthers } from "./dependencies.ts";
import { filesOfService, keepFiles } from "./files.ts";
import { serviceName } from "./names.ts";
import { ensureNetworks, missingNetworks } from "./networks.ts";
import { stackService } from "./service-spec.ts";
import { stackServices } from "./stacks.ts";

/** A step of a deployment that was made. */
export type Deployed = {
  readonly what: "Creating" | "Updating" | "Removing";
  readonly kind: "network" | "service";
  readonly name: string;
  readonly id: string;
};

type Options = Waiting & {
  /** Remove services of the stack that its files do not have any more. */
  readonly prune: boolean;
  /** Replace all tasks, also those of services that are as they should be. */
  readonly force: boolean;
};

/** Brings a stack to what its file says. What is as it should be is left alone. Throws at the first thing that cannot be. */
export async function* deployStack(ask: NodeClient, loaded: Loaded, options: Options): AsyncGenerator<Deployed> {
  const { project } = loaded;
  // All of it is read before anything is changed.
  for (const name of Object.keys(project.services)) stackService(loaded, name, []);
  yield* ensureNetworks(ask, loaded);
  const files = await keepFiles(ask, loaded);
  const there = new Map(
    (await stackServices(ask, project.name)).map((summary) => [summary.service.spec.name, summary]),
  );
  const changed = new Set<string>();
  for (const name of inOrder(loaded)) {
    const service = project.services[name];
    if (service === undefined) continue;
    const spec = stackService(loaded, name, filesOfService(service, files));
    const old = there.get(spec.name)?.service;
    const force = options.force || restartsWith(service, changed);
    const wanted = old === undefined ? spec : successor(old, spec, force);
    if (wanted !== undefined) {
      await waitForOthers(ask, loaded, name, options);
      changed.add(name);
    }
    const { id } = await put(ask, old, wanted);
    yield { what: old === undefined ? "Creating" : "Updating", kind: "service", name: spec.name, id };
  }
  if (!options.prune) return;
  for (const { service } of superfluous(loaded, there.values())) {
    await ask("DELETE", `/services/${service.id}`);
    yield { what: "Removing", kind: "service", name: service.spec.name, id: service.id };
  }
}

/** What a deployment would do, as far as it can be told without doing it. */
export async function previewStack(ask: NodeClient, loaded: Loaded, prune: boolean): Promise<Omit<Deployed, "id">[]> {
  const { project } = loaded;
  for (const name of Object.keys(project.services)) stackService(loaded, name, []);
  const there = await stackServices(ask, project.name);
  const names = new Set(there.map(({ service }) => service.spec.name));
  const networks = (await missingNetworks(ask, loaded)).map(
    (name) => ({ what: "Creating", kind: "network", name }) as const,
  );
  const services = inOrder(loaded).map((service) => {
    const name = serviceName(project.name, service);
    return { what: names.has(name) ? "Updating" : "Creating", kind: "service", name } as const;
  });
  const removed = (prune ? superfluous(loaded, there) : []).map(
    ({ service }) => ({ what: "Removing", kind: "service", name: service.spec.name }) as const,
  );
  return [...networks, ...services, ...removed];
}

/** Services of the stack that no file has. Those that a profile or the selection left out stay. */
function superfluous({ project, declaredServices }: Loaded, there: Iterable<ServiceSummary>): ServiceSummary[] {
  const declared = new Set(declaredServices.map((name) => serviceName(project.name, name)));
  return [...there].filter(({ service }) => !declared.has(service.spec.name));
}

/** Whether it asked (`restart: true`) to be restarted when what it depends on has been changed. */
function restartsWith({ depends_on = {} }: ComposeService, changed: ReadonlySet<string>): boolean {
  return Object.entries(depends_on).some(([other, { restart }]) => restart === true && changed.has(other));
}

// One that is as it should be keeps the spec that it can go back to.
function successor(old: Service, spec: ServiceSpec, force: boolean): ServiceSpec | undefined {
  const wanted = JSON.parse(JSON.stringify({ ...spec, force: old.spec.force + (force ? 1 : 0) })) as ServiceSpec;
  return isDeepStrictEqual(wanted, old.spec) ? undefined : wanted;
}

async function put(ask: NodeClient, old: Service | undefined, spec: ServiceSpec | undefined): Promise<{ id: string }> {
  if (old === undefined) return await ask<Service>("POST", "/services", { spec });
  return spec === undefined ? old : await ask<Service>("PUT", `/services/${old.id}`, { spec });
}
