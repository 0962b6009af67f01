import type * as fs from "node:fs";
import type * as os from "node:os";
import type * as path from "node:path";
import type * as util from "node:util";

type Modules = {
  readonly fs: typeof fs;
  readonly os: typeof os;
  readonly path: typeof path;
  readonly util: typeof util;
};

/** A module of node as it is, loaded when it is first asked for: what the quick forms beside this do not do is left to it. */
export function real<Name extends keyof Modules>(name: Name): Modules[Name] {
  return process.getBuiltinModule(`node:${name}`) as Modules[Name];
}

/** `known`, and behind it whatever else `all` gives: only a name that is not among the known asks for it. */
export function backedBy<All extends object>(known: Partial<All>, all: () => All): All {
  const behind = new Proxy({}, { get: (_, name) => Reflect.get(all(), name) as unknown });
  return Object.setPrototypeOf({ ...known }, behind) as All;
}
