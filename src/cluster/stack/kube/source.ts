import type { Loaded } from "../../../compose/load.ts";
import { dataOf } from "../../../compose/spec/files.ts";
import type { NodeClient } from "../../door/client.ts";
import type { FileSummary } from "../../door/wire.ts";
import type { ServiceSpec } from "../../model/service.ts";
import { filesOfService } from "../files.ts";
import { stackService } from "../service-spec.ts";
import { stackServices } from "../stacks.ts";

/** A service of a stack by its own name, `web`. */
export type KubeService = {
  readonly name: string;
  readonly spec: ServiceSpec;
  /** Only a file has these. */
  readonly needs?: readonly string[];
};

/** A stack on its way to Kubernetes. */
export type KubeStack = {
  readonly name: string;
  readonly services: readonly KubeService[];
  /** What configs say, by the id that services have them by. */
  readonly configs: ReadonlyMap<string, Uint8Array>;
  /** Volumes that are there already. */
  readonly external: ReadonlySet<string>;
};

/** The stack as it runs. No services: there is no such stack. */
export async function stackOfCluster(ask: NodeClient, name: string): Promise<KubeStack> {
  const services = (await stackServices(ask, name)).map(({ service: { spec } }) => ({
    name: spec.name.startsWith(`${name}_`) ? spec.name.slice(name.length + 1) : spec.name,
    spec,
  }));
  const used = services.flatMap(({ spec }) => spec.files ?? []).filter(({ kind }) => kind === "config");
  const configs = new Map<string, Uint8Array>();
  for (const { id } of used) {
    const { data = "" } = await ask<FileSummary>("GET", `/files/config/${id}`);
    configs.set(id, Buffer.from(data, "base64"));
  }
  return { name, services, configs, external: new Set() };
}

/** The stack that files describe. Throws `unsupported` naming attribute and place, `not_found` for a config's file. */
export function stackOfFiles(loaded: Loaded): KubeStack {
  const { project } = loaded;
  const configs = new Map<string, Uint8Array>();
  const files = new Map<string, { readonly id: string; readonly name: string }>();
  for (const kind of ["secrets", "configs"] as const)
    for (const [key, object] of Object.entries(project[kind])) {
      const id = `${kind}.${key}`;
      files.set(id, { id, name: object.name });
      if (kind === "configs" && object.external !== true) configs.set(id, dataOf(loaded, { kind, key, object }));
    }
  const services = Object.entries(project.services).map(([name, service]) => ({
    name,
    spec: stackService(loaded, name, filesOfService(service, files)),
    needs: Object.keys(service.depends_on ?? {}),
  }));
  const external = Object.values(project.volumes).filter((volume) => volume.external === true);
  return { name: project.name, services, configs, external: new Set(external.map(({ name }) => name)) };
}
