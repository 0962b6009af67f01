import { isIP } from "node:net";
import type { Node } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { at, items, pairs, textAt } from "../edit.ts";

/** One rule about the attributes of a service that the tables cannot say. Throws where it is broken. */
export type Rule = (service: Node, name: string) => void;

function inconsistent(node: Node, what: string, more: { fix?: string; also?: Node } = {}): Error {
  const { fix, also } = more;
  return problemAt(node.origin, {
    reason: "compose.inconsistent",
    what,
    fix,
    ...(also === undefined ? {} : { also: also.origin }),
  });
}

const needsImage: Rule = (service, name) => {
  if (["image", "build", "provider"].some((key) => at(service, key) !== undefined)) return;
  throw inconsistent(service, `service "${name}" has neither an image nor a build context specified`, {
    fix: "give it image: or build:",
  });
};

const oneNetworkWay: Rule = (service, name) => {
  const mode = at(service, "network_mode");
  const networks = at(service, "networks");
  if (mode === undefined || networks === undefined || pairs(networks).length === 0) return;
  const what = `service "${name}" declares mutually exclusive \`network_mode\` and \`networks\``;
  throw inconsistent(mode, what, { also: networks, fix: "remove one of them" });
};

const oneDockerfile: Rule = (service, name) => {
  const inline = at(service, "build", "dockerfile_inline");
  const file = at(service, "build", "dockerfile");
  if (inline === undefined || file === undefined) return;
  const what = `service "${name}" declares mutually exclusive \`dockerfile\` and \`dockerfile_inline\``;
  throw inconsistent(inline, what, { also: file, fix: "remove one of them" });
};

/** Attributes that say the same in two places must say the same. */
const SAME: readonly (readonly [string, readonly string[]])[] = [
  ["scale", ["deploy", "replicas"]],
  ["cpus", ["deploy", "resources", "limits", "cpus"]],
  ["mem_limit", ["deploy", "resources", "limits", "memory"]],
  ["pids_limit", ["deploy", "resources", "limits", "pids"]],
  ["mem_reservation", ["deploy", "resources", "reservations", "memory"]],
];

const sameTwice: Rule = (service, name) => {
  for (const [key, path] of SAME) {
    const [one, two] = [at(service, key), at(service, ...path)];
    if (one?.kind !== "scalar" || two?.kind !== "scalar" || one.value === two.value) continue;
    const what = `service "${name}": can't set distinct values on \`${key}\` and \`${path.join(".")}\``;
    throw inconsistent(one, what, { also: two, fix: "remove one of them" });
  }
};

const nameForOne: Rule = (service, name) => {
  const own = at(service, "container_name");
  const count = at(service, "scale") ?? at(service, "deploy", "replicas");
  if (own === undefined || count?.kind !== "scalar" || typeof count.value !== "number" || count.value <= 1) return;
  const what = `service "${name}": can't set container_name and a scale of ${count.value}: container names are unique`;
  throw inconsistent(own, what, { also: count, fix: "remove container_name" });
};

const oneMountEach: Rule = (service, name) => {
  const seen = new Map<string, Node>();
  const targets = [
    ...items(at(service, "volumes")).map((mount) => [textAt(mount, "target") ?? "", mount] as const),
    ...items(at(service, "tmpfs")).map((mount) => [(textAt(mount) ?? "").split(":")[0] ?? "", mount] as const),
  ];
  for (const [target, mount] of targets) {
    const before = seen.get(target);
    if (before !== undefined) throw inconsistent(mount, `service "${name}" mounts ${target} twice`, { also: before });
    seen.set(target, mount);
  }
};

const watchTargets: Rule = (service, name) => {
  for (const rule of items(at(service, "develop", "watch"))) {
    const action = textAt(rule, "action") ?? "";
    if (action.startsWith("sync") && at(rule, "target") === undefined)
      throw inconsistent(rule, `service "${name}": a target is required for the action ${action}`, {
        fix: "add target:",
      });
    if (action === "sync+exec" && at(rule, "exec") === undefined)
      throw inconsistent(rule, `service "${name}": the action sync+exec needs exec`, {
        fix: "add exec: with a command",
      });
  }
};

const healthTests: Rule = (service, name) => {
  const check = at(service, "healthcheck");
  const test = at(check, "test");
  const [first] = items(test);
  if (test !== undefined && first !== undefined && !["NONE", "CMD", "CMD-SHELL"].includes(textAt(first) ?? "")) {
    const what = `service "${name}": healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"`;
    throw inconsistent(first, what, { fix: 'write it as one string, or put "CMD" first' });
  }
  const interval = at(check, "start_interval");
  if (interval === undefined || at(check, "start_period") !== undefined) return;
  const what = `service "${name}": healthcheck.start_interval can only be set together with start_period`;
  throw inconsistent(interval, what, { fix: "add start_period:" });
};

const addresses: Rule = (service, name) => {
  for (const server of items(at(service, "dns"))) {
    const text = textAt(server) ?? "";
    if (text !== "" && isIP(text) === 0)
      throw inconsistent(server, `service "${name}": dns: "${text}" is no IP address`);
  }
  for (const [network, value] of pairs(at(service, "networks"))) {
    for (const [key, family] of [["ipv4_address", 4] as const, ["ipv6_address", 6] as const]) {
      const address = at(value, key);
      if (address === undefined || isIP(textAt(address) ?? "") === family) continue;
      throw inconsistent(
        address,
        `service "${name}": "${textAt(address)}" is no IPv${family} address (network ${network})`,
      );
    }
  }
};

const deviceCounts: Rule = (service, name) => {
  const requests = [
    ...items(at(service, "gpus")),
    ...items(at(service, "deploy", "resources", "reservations", "devices")),
  ];
  for (const request of requests) {
    const [count, ids] = [at(request, "count"), at(request, "device_ids")];
    if (count === undefined || ids === undefined) continue;
    const what = `service "${name}": "count" and "device_ids" attributes are exclusive`;
    throw inconsistent(count, what, { also: ids, fix: "remove one of them" });
  }
};

const reservedLabels: Rule = (service, name) => {
  const labels = at(service, "labels");
  for (const [key, value] of pairs(labels)) {
    if (!key.startsWith("com.docker.compose.")) continue;
    throw inconsistent(
      value,
      `service "${name}": the label "${key}" is reserved: com.docker.compose.* is written by Compose`,
    );
  }
};

const platforms: Rule = (service, name) => {
  const platform = at(service, "platform");
  const built = at(service, "build", "platforms");
  if (platform === undefined || built === undefined || items(built).length === 0) return;
  if (items(built).some((one) => textAt(one) === textAt(platform))) return;
  const what = `service "${name}": build.platforms must include the platform "${textAt(platform)}"`;
  throw inconsistent(built, what, { also: platform });
};

export const ATTRIBUTE_RULES: readonly Rule[] = [
  needsImage,
  oneNetworkWay,
  oneDockerfile,
  sameTwice,
  nameForOne,
  oneMountEach,
  watchTargets,
  healthTests,
  addresses,
  deviceCounts,
  reservedLabels,
  platforms,
];
