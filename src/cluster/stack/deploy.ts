import { isDeepStrictEqual } from "node:util";
import type { Loaded } from "../../compose/load.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { NodeClient } from "../door/client.ts";
import type { ServiceSummary } from "../door/wire.ts";
import type { Service, ServiceSpec } from "../model/service.ts";
import { filesOfService, keepFiles } from "./files.ts";
import { ensureNetworks } from "./networks.ts";
import { serviceName, stackService } from "./service-spec.ts";
import { stackServices } from "./stacks.ts";

/** A step of a deployment that was made. */
export type Deployed = {
  readonly what: "Creating" | "Updating" | "Removing";
  readonly kind: "network" | "service";
  readonly name: string;
  readonly id: string;
};

type Options = {
  /** Remove services of the stack that its file does not have any more. */
  readonly prune: boolean;
  /** Called with a service that others depend on, and what they wait for: resolves when it is so. */
  readonly waitFor: (id: string, condition: string) => Promise<void>;
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
  for (const name of inOrder(loaded)) {
    const service = project.services[name];
    if (service === undefined) continue;
    const spec = stackService(loaded, name, filesOfService(service, files));
    const old = there.get(spec.name);
    there.delete(spec.name);
    if (old === undefined) await waitForOthers(ask, loaded, name, options);
    const { id } = old === undefined ? await ask<Service>("POST", "/services", { spec }) : await update(ask, old, spec);
    yield { what: old === undefined ? "Creating" : "Updating", kind: "service", name: spec.name, id };
  }
  if (!options.prune) return;
  for (const { service } of there.values()) {
    await ask("DELETE", `/services/${service.id}`);
    yield { what: "Removing", kind: "service", name: service.spec.name, id: service.id };
  }
}

// One that is as it should be keeps the spec that it can go back to.
async function update(ask: NodeClient, { service }: ServiceSummary, spec: ServiceSpec): Promise<Service> {
  const wanted = JSON.parse(JSON.stringify({ ...spec, force: service.spec.force })) as ServiceSpec;
  if (isDeepStrictEqual(wanted, service.spec)) return service;
  return await ask<Service>("PUT", `/services/${service.id}`, { spec: wanted });
}

/** A service behind those it depends on. The loader has refused circles. */
function inOrder({ project }: Loaded): string[] {
  const done = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name) || project.services[name] === undefined) return;
    for (const other of Object.keys(project.services[name].depends_on ?? {})) visit(other);
    done.add(name);
  };
  for (const name of Object.keys(project.services)) visit(name);
  return [...done];
}

async function waitForOthers(ask: NodeClient, { project }: Loaded, name: string, { waitFor }: Options): Promise<void> {
  for (const [other, { condition }] of Object.entries(project.services[name]?.depends_on ?? {})) {
    if (condition === "service_started") continue;
    const path = `/services/${encodeURIComponent(serviceName(project.name, other))}`;
    try {
      await waitFor((await ask<ServiceSummary>("GET", path)).service.id, condition);
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
}
