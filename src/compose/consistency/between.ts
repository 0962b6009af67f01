import type { Node, Origin } from "../../lib/yaml/node.ts";
import { describePlace, problemAt } from "../../lib/yaml/problem.ts";
import { at, items, pairs, textAt } from "../edit.ts";

/** Refuses dependencies that lead back to where they began; the message has the whole circle. */
export function checkCycles(services: Node | undefined): void {
  const done = new Set<string>();
  // The services on the way here, with the place where each names the next one.
  const way = new Map<string, Origin>();
  const visit = (name: string): void => {
    const dependencies = at(services, name, "depends_on");
    if (!done.has(name) && dependencies?.kind === "dict") {
      for (const [next, { key }] of dependencies.entries) {
        way.set(name, key);
        if (way.has(next)) throw circle(stepsFrom(way, next), next, key);
        visit(next);
      }
      way.delete(name);
    }
    done.add(name);
  };
  for (const [name] of pairs(services)) visit(name);
}

type Step = { readonly name: string; readonly origin: Origin };

function stepsFrom(way: ReadonlyMap<string, Origin>, first: string): Step[] {
  const steps = [...way].map(([name, origin]) => ({ name, origin }));
  return steps.slice(steps.findIndex(({ name }) => name === first));
}

function circle(steps: readonly Step[], back: string, origin: Origin): Error {
  const path = [...steps.map((step) => step.name), back].join(" -> ");
  const lines = steps.map(
    (step, index) => `  ${step.name} needs ${steps[index + 1]?.name ?? back} (${describePlace(step.origin)})`,
  );
  return problemAt(origin, {
    reason: "compose.cycle",
    what: `dependency cycle detected: ${path}\n${lines.join("\n")}`,
    fix: "remove one of these dependencies",
  });
}

/** Refuses two services that want one container name. */
export function checkContainerNames(services: Node | undefined): void {
  const seen = new Map<string, readonly [string, Node]>();
  for (const [name, service] of pairs(services)) {
    const own = at(service, "container_name");
    const text = textAt(own);
    if (own === undefined || text === undefined) continue;
    const before = seen.get(text);
    if (before !== undefined) {
      const what = `services "${before[0]}" and "${name}" both have the container name "${text}"`;
      throw problemAt(own.origin, { reason: "compose.inconsistent", what, also: before[1].origin });
    }
    seen.set(text, [name, own]);
  }
}

/** Refuses two services that want one port of the host. */
export function checkPorts(services: Node | undefined): void {
  const seen = new Map<string, { readonly ip: string; readonly name: string; readonly port: Node }[]>();
  for (const [name, service] of pairs(services)) {
    for (const port of items(at(service, "ports"))) {
      const published = textAt(port, "published") ?? "";
      if (!/^[1-9]\d*$/.test(published)) continue;
      const key = `${published}/${textAt(port, "protocol") ?? "tcp"}`;
      const ip = textAt(port, "host_ip") ?? "0.0.0.0";
      const others = seen.get(key) ?? [];
      const clash = others.find((other) => other.name !== name && overlap(other.ip, ip));
      if (clash !== undefined) {
        const what = `services "${clash.name}" and "${name}" both publish the port ${key}`;
        throw problemAt(port.origin, {
          reason: "compose.port_clash",
          what,
          also: clash.port.origin,
          fix: "give one of them another port",
        });
      }
      seen.set(key, [...others, { ip, name, port }]);
    }
  }
}

function overlap(one: string, two: string): boolean {
  const all = (ip: string): boolean => ip === "0.0.0.0" || ip === "::" || ip === "";
  if (one === two) return true;
  return all(one) || all(two) ? one.includes(":") === two.includes(":") : false;
}
