import { dict, list, type Node, type ScalarValue, scalar } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { at, items, mapServices, mapValues, tagged, textAt, update } from "../edit.ts";
import { expectedOf, wrongValue } from "../schema/canonical.ts";
import { below, describePath, type Path } from "../schema/path.ts";
import type { Shape } from "../schema/shape.ts";
import { withEntry } from "../short/make.ts";

/** Refuses mappings that lack what they need, and nulls where there must be a value. It is asked of the merged model: a file may leave to another what it needs. */
export function checkRequired(node: Node, shape: Shape, path: Path): void {
  if (node.kind === "scalar" && node.value === null && !mayBeNull(shape))
    throw wrongValue(node, path, expectedOf(shape));
  if (shape.type === "list") {
    items(node).forEach((item, index) => checkRequired(item, shape.of, below(path, index)));
  } else if (shape.type === "named") {
    if (node.kind === "dict")
      for (const [key, { value }] of node.entries) checkRequired(value, shape.of, below(path, key));
  } else if (shape.type === "either") {
    if (node.kind !== "scalar") checkRequired(node, shape.other, path);
  } else if (shape.type === "fields" && node.kind === "dict") {
    const missing = shape.required?.find((key) => !node.entries.has(key));
    if (missing !== undefined) {
      throw problemAt(node.origin, {
        reason: "compose.missing_attribute",
        what: `${describePath(path)} needs "${missing}"`,
      });
    }
    for (const [key, { value }] of node.entries) {
      const inner = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      if (inner !== undefined) checkRequired(value, inner, below(path, key));
    }
  }
}

function mayBeNull(shape: Shape): boolean {
  if (shape.type === "text" || shape.type === "fields") return shape.nullable === true;
  return ["words", "any", "list", "mapping", "named"].includes(shape.type);
}

/** The values that hold where the files say nothing. They have the place of what they are part of. A build's context is `folder`. */
export function addDefaults(model: Node, folder: string): Node {
  return mapServices(model, (service) => serviceDefaults(service, folder));
}

function serviceDefaults(service: Node, folder: string): Node {
  let result = update(
    service,
    "depends_on",
    each((one) => orDefault(one, "required", true)),
  );
  result = update(
    result,
    "env_file",
    each((one) => orDefault(one, "required", true)),
  );
  result = update(
    result,
    "ports",
    each((one) => orDefault(orDefault(one, "mode", "ingress"), "protocol", "tcp")),
  );
  result = update(
    result,
    "devices",
    each((one) => orDefault(orDefault(one, "target", textAt(one, "source") ?? ""), "permissions", "rwm")),
  );
  result = update(result, "volumes", each(mountDefaults));
  result = update(result, "secrets", each(secretTarget));
  result = update(
    result,
    "gpus",
    each((one) => orEmptyDevices(withCapability(one))),
  );
  result = orDefault(orDefault(result, "command", null), "entrypoint", null);
  return update(result, "build", (build) => buildDefaults(build, folder));
}

function buildDefaults(build: Node, folder: string): Node {
  const placed = orDefault(build, "context", folder);
  return at(placed, "dockerfile_inline") === undefined ? orDefault(placed, "dockerfile", "Dockerfile") : placed;
}

function secretTarget(secret: Node): Node {
  return orDefault(secret, "target", `/run/secrets/${textAt(secret, "source") ?? ""}`);
}

// What `config` prints of a bind or a volume, even where nothing is said of it.
function mountDefaults(mount: Node): Node {
  const type = textAt(mount, "type");
  if (mount.kind !== "dict" || (type !== "bind" && type !== "volume") || mount.entries.has(type)) return mount;
  return withEntry(mount, type, dict(new Map(), mount.origin));
}

function withCapability(request: Node): Node {
  const capabilities = items(at(request, "capabilities"));
  if (request.kind !== "dict" || capabilities.some((one) => textAt(one) === "gpu")) return request;
  return withEntry(request, "capabilities", list([...capabilities, scalar("gpu", request.origin)], request.origin));
}

function orEmptyDevices(request: Node): Node {
  const given = at(request, "count") ?? at(request, "device_ids");
  return given === undefined && request.kind === "dict"
    ? withEntry(request, "count", scalar(-1, request.origin))
    : request;
}

function orDefault(node: Node, key: string, value: ScalarValue): Node {
  if (node.kind !== "dict" || node.entries.has(key)) return node;
  return withEntry(node, key, scalar(value, { ...node.origin, via: ["default"] }));
}

function each(change: (node: Node) => Node): (node: Node) => Node {
  return (node) => {
    if (node.kind === "dict") return mapValues(node, change);
    return node.kind === "list" ? tagged(list(node.items.map(change), node.origin), node) : node;
  };
}
