/**
 * An object with what makes `asked` another one than `usual`: each field, and each field of those that are objects; what `asked` has not
 * any more goes. What both have alike stays as it is in `before`.
 */
export function withChanges<T extends object>(before: T, usual: object, asked: object): T {
  const changed = { ...before } as Record<string, unknown>;
  for (const key of new Set([...Object.keys(usual), ...Object.keys(asked)])) {
    const [old, value]: [unknown, unknown] = [Reflect.get(usual, key), Reflect.get(asked, key)];
    if (JSON.stringify(value) === JSON.stringify(old)) continue;
    const kept = changed[key];
    if (value === undefined) delete changed[key];
    else changed[key] = isObject(value) && isObject(kept) ? withChanges(kept, isObject(old) ? old : {}, value) : value;
  }
  return changed as T;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
