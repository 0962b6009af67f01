import type { Node } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { at, items, pairs, textAt } from "../edit.ts";
import { BRACES, REPLICA_WORDS } from "../plan/replica.ts";
import type { Rule } from "./attributes.ts";

function wrong(node: Node, what: string, more: { readonly fix?: string; readonly also?: Node } = {}): Error {
  const { fix, also } = more;
  const place = also === undefined ? {} : { also: also.origin };
  return problemAt(node.origin, { reason: "compose.inconsistent", what, fix, ...place });
}

const healthToActOn: Rule = (service, name) => {
  const acts = at(service, "x-estiba", "restart_unhealthy");
  if (acts?.kind !== "scalar" || acts.value !== true) return;
  const disabled = at(service, "healthcheck", "disable");
  const [test] = items(at(service, "healthcheck", "test"));
  const isOff = disabled?.kind === "scalar" && disabled.value === true;
  const off = isOff ? disabled : textAt(test) === "NONE" ? test : undefined;
  if (off === undefined) return;
  const what = `service "${name}" is to be restarted when it is unhealthy, and its health check is turned off`;
  throw wrong(acts, what, { also: off, fix: "remove one of them" });
};

/** Names of which each container needs another. */
const NAMES = ["container_name", "hostname"];

const replicaTexts: Rule = (service, name) => {
  const replica = at(service, "x-estiba", "replica");
  for (const [key, value] of [...pairs(replica), ...pairs(at(replica, "environment"))]) {
    const text = textAt(value);
    if (text === undefined) continue;
    const words = [...text.matchAll(BRACES)].map(([, word = ""]) => word);
    const unknown = words.find((word) => !(REPLICA_WORDS as readonly string[]).includes(word));
    if (unknown !== undefined) {
      const what = `service "${name}": {{.${unknown}}} is nothing that a replica has`;
      throw wrong(value, what, { fix: `write one of ${REPLICA_WORDS.map((word) => `{{.${word}}}`).join(", ")}` });
    }
    if (NAMES.includes(key) && !words.includes("Index"))
      throw wrong(value, `service "${name}": every replica would have the same ${key}`, {
        fix: `put the replica's number into it: ${text}-{{.Index}}`,
      });
  }
  const all = at(service, "container_name");
  const each = at(replica, "container_name");
  if (all !== undefined && each !== undefined)
    throw wrong(each, `service "${name}" has a container_name for all and one for each`, {
      also: all,
      fix: "remove one of them",
    });
};

const replicaVolumes: Rule = (service, name) => {
  for (const volume of items(at(service, "x-estiba", "replica", "volumes"))) {
    const key = textAt(volume) ?? "";
    const mounted = items(at(service, "volumes")).some(
      (mount) => textAt(mount, "type") === "volume" && textAt(mount, "source") === key,
    );
    if (!mounted)
      throw wrong(volume, `service "${name}" mounts no volume "${key}" that its replicas could have one each of`, {
        fix: `mount it under volumes: "${key}:/path"`,
      });
  }
};

/** The rules about what is ours in a service. */
export const OWN_RULES: readonly Rule[] = [healthToActOn, replicaTexts, replicaVolumes];
