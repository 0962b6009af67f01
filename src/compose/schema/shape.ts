import type { Node, Scalar } from "../../lib/yaml/node.ts";

/**
 * What one attribute may be, how it is written at length, how two of it merge, and how it is printed. The tables made of these are the only
 * description of the format: checking, canonical form, merging, printing and docs/compose.md all follow them.
 */
export type Shape =
  | TextShape
  | ScalarShape
  | { readonly type: "any" }
  /** Null, a string that is split into words, or a list. The later one replaces the earlier. */
  | { readonly type: "words"; readonly split: (text: Scalar) => Node }
  | ListShape
  /** `KEY: value`, or a list of `KEY=value`; `bare` is what a key without a value means. */
  | { readonly type: "mapping"; readonly bare: "null" | "empty" }
  | NamedShape
  | FieldsShape
  /** One of several, told apart by whether it is a scalar. */
  | { readonly type: "either"; readonly scalar: Shape; readonly other: Shape };

export type ScalarShape =
  | { readonly type: "integer"; readonly least?: number; readonly most?: number }
  | { readonly type: "number" | "flag" | "bytes" | "duration" | "mode" };

/** A string; `numbers` lets numbers (and booleans) pass as their text. */
export type TextShape = {
  readonly type: "text";
  readonly choices?: readonly string[];
  readonly pattern?: RegExp;
  readonly numbers?: boolean;
  readonly nullable?: boolean;
};

export type ListShape = {
  readonly type: "list";
  readonly of: Shape;
  /** One value may stand without a list around it. */
  readonly single?: boolean;
  /** Items of the same key are one: the later replaces the earlier, or is merged into it where `deep` is given. */
  readonly key?: (item: Node) => string;
  readonly deep?: boolean;
  /** What a short form (a scalar) stands for: one item or more. */
  readonly short?: (item: Scalar) => readonly Node[];
  /** What any other than a list stands for, such as a mapping of hosts. */
  readonly from?: (node: Node) => Node;
  readonly sorted?: boolean;
};

/** A mapping by names that the user gives. */
export type NamedShape = {
  readonly type: "named";
  readonly of: Shape;
  /** A list of names is allowed too; each stands for this. */
  readonly listed?: (name: Scalar) => Node;
  readonly names?: RegExp;
  /** What a value is called in errors: `service`. */
  readonly what?: string;
};

/** A mapping of known attributes; `x-*` may stand beside them. */
export type FieldsShape = {
  readonly type: "fields";
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** What a scalar stands for. */
  readonly short?: (text: Scalar) => Node;
  readonly nullable?: boolean;
  /** Mends what the table cannot say, such as a form of old. */
  readonly before?: (node: Node) => Node;
  readonly merge?: "logging" | "replace";
  /** Attributes of the specification that cannot work here, with the reason. */
  readonly refused?: Readonly<Record<string, string>>;
};

export const TEXT: TextShape = { type: "text" };
export const TEXTS: ListShape = { type: "list", of: TEXT };
export const FLAG: Shape = { type: "flag" };
export const INTEGER: Shape = { type: "integer" };
export const NUMBER: Shape = { type: "number" };
export const BYTES: Shape = { type: "bytes" };
export const DURATION: Shape = { type: "duration" };
export const MODE: Shape = { type: "mode" };
export const LABELS: Shape = { type: "mapping", bare: "empty" };
export const VARIABLES: Shape = { type: "mapping", bare: "null" };
export const OPTIONS: Shape = { type: "named", of: { type: "text", numbers: true, nullable: true } };

/** Strings of which each stands once. */
export const SET: ListShape = { type: "list", of: { type: "text", numbers: true }, key: textOf };
export const SET_OR_ONE: ListShape = { ...SET, single: true };

export function textOf(node: Node): string {
  return node.kind === "scalar" ? node.text : "";
}

export function fields(
  table: Readonly<Record<string, Shape>>,
  more: Omit<FieldsShape, "type" | "fields"> = {},
): FieldsShape {
  return { type: "fields", fields: table, ...more };
}

export function named(of: Shape, more: Omit<NamedShape, "type" | "of"> = {}): NamedShape {
  return { type: "named", of, ...more };
}

export function listOf(of: Shape, more: Omit<ListShape, "type" | "of"> = {}): ListShape {
  return { type: "list", of, ...more };
}
