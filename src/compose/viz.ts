import { imageOf } from "./plan/names.ts";
import type { Project } from "./project.ts";
import type { Port, Service, ServiceNetwork } from "./service.ts";

/** What is told of each service, and how lines are indented. */
export type VizOptions = {
  readonly image: boolean;
  readonly networks: boolean;
  readonly ports: boolean;
  readonly indent: string;
};

/** A project as a graph in the language of Graphviz: an arrow from each service to what it depends on. Source: docker/compose, pkg/compose/viz.go. */
export function vizOf(project: Project, options: VizOptions): string {
  const { indent } = options;
  const services = Object.entries(project.services);
  const nodes = services.map(
    ([name, service]) => `"${name}" [style="filled" label=<${label(project, { name, service, options })}>];`,
  );
  const edges = services.flatMap(([name, { depends_on = {} }]) =>
    Object.keys(depends_on).map((other) => `"${name}" -> "${other}";`),
  );
  const lines = (texts: readonly string[]): string => texts.map((text) => `${indent}${text}\n`).join("");
  return `digraph "${project.name}" {\n${lines(["layout=dot;", ...nodes])}\n${lines(edges)}}\n`;
}

type Node = { readonly name: string; readonly service: Service; readonly options: VizOptions };

function label(project: Project, { name, service, options }: Node): string {
  const naming = { project: project.name, separator: "-" };
  const networks = Object.entries(service.networks ?? {})
    .toSorted(([a, one], [b, other]) => priority(other) - priority(one) || (a < b ? -1 : 1))
    .map(([key]) => key);
  return [
    `<font point-size="15">${name}</font>`,
    ...(options.networks ? part("Networks", networks) : []),
    ...(options.ports ? part("Ports", (service.ports ?? []).map(portText)) : []),
    ...(options.image ? part("Image", [imageOf(naming, name, service)]) : []),
  ].join("");
}

function part(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`<font point-size="10"><br/><br/><b>${title}:</b>${lines.map((line) => `<br/>${line}`).join("")}</font>`];
}

function portText({ host_ip, published = "", target, protocol, mode }: Port): string {
  return `${host_ip === undefined ? "" : `${host_ip}:`}${published}:${target} (${protocol}, ${mode})`;
}

function priority(network: ServiceNetwork | null): number {
  return network?.priority ?? 0;
}
