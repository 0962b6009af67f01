/** A text that values came from: a file, the standard input. */
export type Source = { readonly name: string; readonly text: string };

/** Where a value was written, and what else went into it. */
export type Origin = {
  readonly source: Source;
  readonly offset: number;
  /** What was put into the value from elsewhere, such as a variable with the file that set it. */
  readonly via?: readonly string[];
};

export type ScalarValue = string | number | boolean | null;

/**
 * A YAML value with its place. Never changed once it is made: aliases share the value they name. `size` counts the values within it as
 * often as they are repeated, so that a bomb of aliases is known without being walked.
 */
export type Node = Scalar | List | Dict;

export type Scalar = {
  readonly kind: "scalar";
  readonly value: ScalarValue;
  /** The text as it was written; of quoted and block scalars the text they mean. */
  readonly text: string;
  readonly origin: Origin;
  readonly size: 1;
  readonly tag?: string;
};

export type List = {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly origin: Origin;
  readonly size: number;
  readonly tag?: string;
};

/** A mapping; its keys are texts, in the order of the file. */
export type Dict = {
  readonly kind: "dict";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly origin: Origin;
  readonly size: number;
  readonly tag?: string;
};

export type Entry = { readonly key: Origin; readonly value: Node };

export function scalar(value: ScalarValue, origin: Origin, text: string = value === null ? "" : String(value)): Scalar {
  return { kind: "scalar", value, text, origin, size: 1 };
}

export function list(items: readonly Node[], origin: Origin): List {
  let size = 1;
  for (const item of items) size += item.size;
  return { kind: "list", items, origin, size };
}

export function dict(entries: ReadonlyMap<string, Entry>, origin: Origin): Dict {
  let size = 1;
  for (const { value } of entries.values()) size += value.size;
  return { kind: "dict", entries, origin, size };
}

/** The value of a key; undefined for what is no mapping or has no such key. */
export function valueOf(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === "dict" ? node.entries.get(key)?.value : undefined;
}

/** The value without places, as JSON would have it. */
export function plainOf(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainOf);
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plainOf(value)]));
}
