import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { list, type Node, scalar } from "../../lib/yaml/node.ts";
import { mapValues, tagged, textAt, update } from "../edit.ts";

/** Makes a path of a file one that does not depend on where the file is. */
export type Resolve = (path: string) => string;

/** Against a folder; `~` is the user's home. */
export function resolveIn(folder: string): Resolve {
  return (path) => (path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(folder, path));
}

/** Every path in the services and resources of a file, resolved; what names something elsewhere is left alone. */
export function resolvePaths(model: Node, resolvePath: Resolve): Node {
  const path = (node: Node): Node => changeText(node, resolvePath);
  let result = update(model, "services", (services) =>
    services.kind === "dict" ? mapValues(services, (service) => servicePaths(service, resolvePath)) : services,
  );
  for (const kind of ["secrets", "configs"]) {
    result = update(result, kind, (all) =>
      all.kind === "dict" ? mapValues(all, (one) => update(one, "file", path)) : all,
    );
  }
  return update(result, "volumes", (all) =>
    all.kind === "dict" ? mapValues(all, (one) => bindDevice(one, path)) : all,
  );
}

/** The same for one service. */
function servicePaths(service: Node, resolvePath: Resolve): Node {
  const path = (node: Node): Node => changeText(node, resolvePath);
  const context = (node: Node): Node => changeText(node, (text) => (isRemoteContext(text) ? text : resolvePath(text)));
  const each = (change: (node: Node) => Node) => (node: Node) =>
    node.kind === "list" ? tagged(list(node.items.map(change), node.origin), node) : node;
  const every = (change: (node: Node) => Node) => (node: Node) =>
    node.kind === "dict" ? mapValues(node, change) : node;
  let result = update(service, "build", (build) =>
    update(update(build, "context", context), "additional_contexts", every(context)),
  );
  result = update(
    result,
    "env_file",
    each((file) => update(file, "path", path)),
  );
  result = update(result, "label_file", each(path));
  result = update(
    result,
    "volumes",
    each((mount) => mountPaths(mount, path)),
  );
  result = update(result, "develop", (develop) =>
    update(
      develop,
      "watch",
      each((rule) => update(rule, "path", path)),
    ),
  );
  result = update(result, "credential_spec", (spec) => update(spec, "file", path));
  result = update(result, "extends", (base) => update(base, "file", context));
  return update(result, "security_opt", each(securityPath(resolvePath)));
}

function mountPaths(mount: Node, path: (node: Node) => Node): Node {
  return textAt(mount, "type") === "bind" ? update(mount, "source", path) : mount;
}

// A local volume with `o: bind` is a bind mount that has a name.
function bindDevice(volume: Node, path: (node: Node) => Node): Node {
  const isBind =
    (textAt(volume, "driver") ?? "local") === "local" &&
    (textAt(volume, "driver_opts", "o") ?? "").split(",").includes("bind");
  return isBind ? update(volume, "driver_opts", (options) => update(options, "device", path)) : volume;
}

/** A profile of seccomp is a file, unless it is one of the two words. */
function securityPath(resolvePath: Resolve): (node: Node) => Node {
  return (node) =>
    changeText(node, (text) => {
      const [, start = "", file = ""] = /^(seccomp[=:])(.*)$/.exec(text) ?? [];
      return start === "" || file === "unconfined" || file === "builtin" || file.startsWith("{")
        ? text
        : start + resolvePath(file);
    });
}

/** Contexts that are no folder: URLs, git addresses, other services, images. */
function isRemoteContext(text: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|service:|docker-image:|oci-layout:|target:)/i.test(text);
}

function changeText(node: Node, change: (text: string) => string): Node {
  if (node.kind !== "scalar" || typeof node.value !== "string" || node.value === "") return node;
  const text = change(node.value);
  return text === node.value ? node : tagged({ ...scalar(text, node.origin) }, node);
}

/** Against a folder that is itself relative to the project's, where paths shall stay relative. */
export function resolveWithin(folder: string): Resolve {
  return (path) => (isAbsolute(path) || path.startsWith("~") || folder === "" ? path : `./${join(folder, path)}`);
}
