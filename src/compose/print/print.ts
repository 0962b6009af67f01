import { describePlace } from "../../lib/yaml/problem.ts";
import { type ValuePath, writeYaml } from "../../lib/yaml/write.ts";
import type { Project } from "../project.ts";
import { PROJECT } from "../schema/project-table.ts";
import type { Sources } from "../sources.ts";
import { type Printing, printable } from "./printable.ts";

type Values = Readonly<Record<string, unknown>>;

/** The project as a Compose file that means the same, in the order of the specification's attributes. */
export function projectAsYaml(project: Project, printing: Printing, sources?: Sources): string {
  const value = printableProject(project, printing);
  const services = mapOf(value["services"], (service) => withoutNull(service, ["command", "entrypoint"]));
  const comment = sources === undefined ? undefined : (path: ValuePath) => describeSource(path, sources);
  return writeYaml({ ...value, services }, { comment });
}

/** The same as JSON, with what the reference always writes there: command, entrypoint, and the empty parts of networks and deploy. */
export function projectAsJson(project: Project, printing: Printing): string {
  const value = printableProject(project, printing);
  const services = mapOf(value["services"], (service) => {
    const deploy = service["deploy"];
    return isMap(deploy) ? { ...service, deploy: { resources: {}, placement: {}, ...deploy } } : service;
  });
  const networks = isMap(value["networks"])
    ? { networks: mapOf(value["networks"], (network) => ({ ...network, ipam: network["ipam"] ?? {} })) }
    : {};
  return `${JSON.stringify({ ...value, services, ...networks }, null, 2)}\n`;
}

/** One line for each value that a file or a variable gave: its path, the value, where it was written. */
export function projectSources(project: Project, printing: Printing, sources: Sources): unknown[] {
  const rows: unknown[] = [];
  const walk = (value: unknown, path: ValuePath): void => {
    if (Array.isArray(value)) value.forEach((item: unknown, index) => walk(item, [...path, index]));
    else if (isMap(value)) for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
    else {
      const source = describeSource(path, sources);
      if (source !== undefined) rows.push({ path, value, source });
    }
  };
  walk(printableProject(project, printing), []);
  return rows;
}

function printableProject(project: Project, printing: Printing): Values {
  return printable(project, PROJECT, printing) as Values;
}

/** `compose.yaml:3:12, TAG (.env:2)`; undefined where no file says anything. */
function describeSource(path: ValuePath, sources: Sources): string | undefined {
  const origin = sources.of(path);
  return origin === undefined ? undefined : [describePlace(origin), ...(origin.via ?? [])].join(", ");
}

function withoutNull(values: Values, keys: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== null || !keys.includes(key)));
}

function mapOf(values: unknown, change: (value: Values) => Values): Values {
  if (!isMap(values)) return {};
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, isMap(value) ? change(value) : value]));
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
