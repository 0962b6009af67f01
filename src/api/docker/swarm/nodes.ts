import type { NodeSummary } from "../../../cluster/door/wire.ts";
import type { NodeChange } from "../../../cluster/manager/nodes.ts";
import type { Availability } from "../../../cluster/model/node.ts";
import { nodeDocument } from "../../../cluster/views/node.ts";
import { matchesLabel } from "../../../engine/label-filter.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { Fields } from "../fields.ts";
import { askManager, named, versionOf } from "./ask.ts";
import { filterOf, type Tests } from "./filter.ts";

const TESTS: Tests<NodeSummary> = {
  id: ({ node }, value) => node.id.startsWith(value),
  name: ({ node }, value) => node.description.hostname.startsWith(value),
  role: ({ node }, value) => node.role === value,
  // All that are known were accepted.
  membership: (_, value) => value === "accepted",
  "node.label": ({ node }, value) => matchesLabel(node.labels, value),
  // Of the engine, which has none.
  label: () => false,
};

/** The keys of `filters` of `/nodes`. */
export const NODE_FILTERS: readonly string[] = Object.keys(TESTS);

/** `GET /nodes` */
export async function listNodes(call: Call): Promise<Reply> {
  const matches = filterOf(call.query.filters(), TESTS);
  const ask = await askManager(call);
  const nodes = await ask<NodeSummary[]>("GET", "/nodes");
  return ok(nodes.filter(matches).map(nodeDocument));
}

/** `GET /nodes/{id}` */
export async function inspect(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  return ok(nodeDocument(await ask<NodeSummary>("GET", `/nodes/${named(call)}`)));
}

/** `POST /nodes/{id}/update`: the body is all of what is wanted of the node. */
export async function update(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const version = versionOf(call, "node");
  const ask = await askManager(call);
  const path = `/nodes/${named(call)}`;
  const { node } = await ask<NodeSummary>("GET", path);
  const role = body.text("Role");
  if (role !== undefined && role !== "manager" && role !== "worker") throw badRequest(`invalid role: "${role}"`);
  const availability = body.text("Availability") ?? node.availability;
  if (!isAvailability(availability)) throw badRequest(`invalid availability: "${availability}"`);
  const labels = body.map("Labels");
  const change: NodeChange = {
    availability,
    addLabels: labels,
    removeLabels: Object.keys(node.labels).filter((key) => !Object.hasOwn(labels, key)),
    version,
  };
  await ask("PUT", path, change);
  if (role !== undefined && role !== node.role) await ask("POST", `${path}/role`, { role });
  return { status: 200 };
}

function isAvailability(text: string): text is Availability {
  return text === "active" || text === "pause" || text === "drain";
}

/** `DELETE /nodes/{id}` */
export async function remove(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  await ask("DELETE", `/nodes/${named(call)}?force=${call.query.flag("force")}`);
  return { status: 200 };
}
