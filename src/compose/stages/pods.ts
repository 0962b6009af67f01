import type { Node } from "../../lib/yaml/node.ts";
import { at, items, pairs, textAt } from "../edit.ts";
import { plainByTable } from "../plain.ts";
import type { ProjectPods } from "../plan/pods.ts";
import { SERVICE } from "../schema/project-table.ts";
import type { Service } from "../service.ts";

/** The pods that services name. Of all that are enabled: which of them somebody asks for changes no pod. */
export function podsIn(services: Node | undefined): ProjectPods {
  const members = pairs(services).flatMap(([name, service]) => {
    const pod = textAt(service, "x-estiba", "pod");
    return pod === undefined ? [] : [{ name, pod, service }];
  });
  if (members.length === 0) return {};
  const links = pairs(services).flatMap(([, service]) =>
    items(at(service, "links")).map((link) => (textAt(link) ?? "").split(":")),
  );
  const byPod = Map.groupBy(members, ({ pod }) => pod);
  return Object.fromEntries(
    [...byPod].map(([pod, of]) => {
      const names = of.map(({ name }) => name);
      const given = links.flatMap(([target = "", alias]) => (names.includes(target) ? (alias ?? []) : []));
      const plain = of.map(({ name, service }) => [name, plainByTable(service, SERVICE) as Service]);
      return [pod, { services: Object.fromEntries(plain) as Record<string, Service>, links: [...new Set(given)] }];
    }),
  );
}
