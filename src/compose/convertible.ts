import type { Engine } from "../engine/engine.ts";
import { lookUpImage } from "../engine/find-image.ts";
import { parseImageConfig } from "../oci/image-config.ts";
import type { Loaded } from "./load.ts";
import { imageOf, type Naming } from "./plan/names.ts";
import { projectAsYaml } from "./print/print.ts";
import type { FileObject, Project } from "./project.ts";
import type { Service } from "./service.ts";
import { dataOf } from "./spec/files.ts";

/**
 * A project as one file that needs nothing beside it: every image by name, with the ports that it exposes, texts of secrets and configs
 * where their files were. Warns of images that are not built yet. Source: docker/compose, pkg/bridge/convert.go.
 */
export function convertible(engine: Engine, loaded: Loaded, naming: Naming): { text: string; warnings: string[] } {
  const warnings: string[] = [];
  const services = mapOf(loaded.project.services, (service, name): Service => {
    if (service.provider !== undefined) return service;
    const image = imageOf(naming, name, service);
    const found = lookUpImage(engine, image)?.image;
    if (found === undefined)
      warnings.push(`the image ${image} of service "${name}" is not built yet: ports that it exposes are left out`);
    const ports = found === undefined ? [] : parseImageConfig(found.config).process.exposedPorts;
    const exposed = ports.map((port) => port.split("/")[0] ?? port);
    const published = (service.ports ?? []).map(({ target }) => String(target));
    const expose = [...new Set([...(service.expose ?? []), ...exposed, ...published])];
    return { ...service, image, ...(expose.length === 0 ? {} : { expose }) };
  });
  const withTexts = (kind: "secrets" | "configs"): Project["secrets"] =>
    mapOf(
      loaded.project[kind],
      (object, key): FileObject =>
        object.external === true ? object : { ...object, content: dataOf(loaded, { kind, key, object }).toString() },
    );
  const project = { ...loaded.project, services, secrets: withTexts("secrets"), configs: withTexts("configs") };
  return { text: projectAsYaml(project, { escape: true }), warnings };
}

function mapOf<Value>(
  values: Readonly<Record<string, Value>>,
  change: (value: Value, key: string) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]));
}
