/** The place of a value in the project: `services.web.ports[0]`. A chain, so that going deeper copies nothing. */
export type Path = { readonly key: string | number; readonly parent: Path } | undefined;

export function below(parent: Path, key: string | number): Path {
  return { key, parent };
}

function keysOf(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.parent) keys.unshift(at.key);
  return keys;
}

export function describePath(path: Path | readonly (string | number)[]): string {
  const keys = Array.isArray(path) ? path : keysOf(path as Path);
  return keys.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? key : `${text}.${key}`),
    "",
  );
}
