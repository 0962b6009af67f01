import type { Handler } from "./call.ts";

/** `METHOD /path/{name}`: a segment; `{name*}` takes slashes too. The handler is loaded when it is first needed. */
export type Route = readonly [pattern: string, load: () => Promise<Handler>];

type Found = {
  readonly load: () => Promise<Handler>;
  readonly params: Record<string, string>;
  readonly pattern: string;
};

/** Finds the route of a request; undefined for none, whatever the method. The first that fits counts. */
export type Router = (method: string, path: string) => Found | undefined;

export function makeRouter(routes: readonly Route[]): Router {
  const compiled = routes.map(([pattern, load]) => ({ ...compile(pattern), load, pattern }));
  return (method, path) => {
    for (const { method: wanted, regexp, names, load, pattern } of compiled) {
      if (wanted !== method) continue;
      const match = regexp.exec(path);
      if (match === null) continue;
      return { load, pattern, params: Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? ""])) };
    }
    return undefined;
  };
}

function compile(pattern: string): { method: string; regexp: RegExp; names: string[] } {
  const [method = "", path = ""] = pattern.split(" ");
  const names: string[] = [];
  const source = path.replace(/\{(\w+)(\*?)\}/g, (_, name: string, star: string) => {
    names.push(name);
    return star === "" ? "([^/]+)" : "(.+)";
  });
  return { method, regexp: new RegExp(`^${source}$`), names };
}
