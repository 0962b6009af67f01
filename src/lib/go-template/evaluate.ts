import { describeError } from "../error.ts";
import { nearest } from "../nearest.ts";
import { type Builtin, checkArgument, type TemplateFunction } from "./functions.ts";
import {
  type Command,
  executionError,
  type Node,
  type Operand,
  type Parsed,
  type Pipe,
  type Source,
  type Span,
} from "./syntax.ts";
import { formatTime, TIME_METHODS } from "./time.ts";
import { entriesOf, isStruct, isTrue, printValue, type Shapes, typeName, zeroOf } from "./value.ts";

/** What a template runs in, besides its data. */
export type Surroundings = {
  readonly source: Source;
  readonly parsed: Parsed;
  readonly functions: Readonly<Record<string, Builtin>>;
  /** Names that stand after a dot like fields but compute: `.Label "x"`. The first argument is what stands before the dot. */
  readonly methods: Readonly<Record<string, TemplateFunction>>;
  /** Fields are found by their Go names, too, where the data has their JSON names: `.CreatedBy` for `created_by`, `.ID` for `Id`. */
  readonly jsonNames: boolean;
  /** What fields are in Go: of a string, a number or a flag that JSON leaves out there is Go's zero. */
  readonly shapes: Shapes;
};

const MAX_DEPTH = 500;
type Variable = { name: string; value: unknown };
type Jump = "break" | "continue" | undefined;
/** What is being executed, for errors. */
type Context = Span & { readonly start?: number };
type Call = { readonly operands: readonly Operand[]; readonly dot: unknown; readonly final: readonly unknown[] };

/** Runs a parsed template over data. Throws `invalid` for what cannot be evaluated, in the words of Go's text/template. */
export function evaluate(surroundings: Surroundings, data: unknown): string {
  const run = new Run(surroundings, data);
  run.walk(surroundings.parsed.nodes, data);
  return run.out.join("");
}

class Run {
  readonly out: string[] = [];
  readonly #with: Surroundings;
  /** What is evaluated at the moment: Go's errors name it. */
  #at: Context = { at: 0, end: 0 };
  #variables: Variable[];
  #depth = 0;

  constructor(surroundings: Surroundings, data: unknown) {
    this.#with = surroundings;
    this.#variables = [{ name: "$", value: data }];
  }

  walk(nodes: readonly Node[], dot: unknown): Jump {
    for (const node of nodes) {
      const jump = this.#node(node, dot);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #node(node: Node, dot: unknown): Jump {
    switch (node.kind) {
      case "text":
        this.out.push(node.text);
        return undefined;
      case "action": {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.out.push(printValue(value));
        return undefined;
      }
      case "if":
      case "with":
        return this.#scoped(() => {
          const value = this.#pipe(node.pipe, dot);
          if (!isTrue(value)) return this.walk(node.otherwise, dot);
          return this.walk(node.body, node.kind === "with" ? value : dot);
        });
      case "range":
        return this.#scoped(() => this.#range(node, dot));
      case "template":
        this.#template(node, dot);
        return undefined;
      default:
        return node.kind;
    }
  }

  #scoped(body: () => Jump): Jump {
    const mark = this.#variables.length;
    const jump = body();
    this.#variables.length = mark;
    return jump;
  }

  #range(node: Extract<Node, { kind: "range" }>, dot: unknown): Jump {
    const { pipe } = node;
    const items = this.#itemsOf(this.#commands(pipe, dot), pipe.variables.length);
    if (items.length === 0) return this.walk(node.otherwise, dot);
    for (const [key, value] of items) {
      let jump: Jump;
      this.#scoped(() => {
        const [first, second] = pipe.variables;
        const values = second === undefined ? [value] : [key, value];
        for (const [place, name] of [first, second].entries())
          if (name !== undefined) this.#set(name, values[place], pipe.assigns);
        jump = this.walk(node.body, value);
        return undefined;
      });
      if (jump === "break") break;
    }
    return undefined;
  }

  #itemsOf(value: unknown, variables: number): [unknown, unknown][] {
    if (value === undefined) return [];
    if (Array.isArray(value)) return value.map((item, index) => [index, item]);
    if (value instanceof Map) return entriesOf(value);
    if (typeof value !== "number" || !Number.isInteger(value))
      return this.#fail(`range can't iterate over ${printValue(value)}`);
    if (variables > 1) this.#fail(`can't use ${value} to iterate over more than one variable`);
    return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index]);
  }

  #template(node: Extract<Node, { kind: "template" }>, dot: unknown): void {
    this.#at = node;
    const { name, pipe } = node;
    const { definitions } = this.#with.parsed;
    const nodes = definitions.get(name);
    if (nodes === undefined) {
      const close = nearest(name, definitions.keys());
      this.#fail(`template "${name}" not defined`, close === undefined ? undefined : `did you mean "${close}"?`);
    }
    if (this.#depth >= MAX_DEPTH) this.#fail(`exceeded maximum template depth (${MAX_DEPTH})`);
    const argument = pipe === undefined ? undefined : this.#pipe(pipe, dot);
    const outer = this.#variables;
    this.#variables = [{ name: "$", value: argument }];
    this.#depth++;
    this.walk(nodes, argument);
    this.#depth--;
    this.#variables = outer;
  }

  #pipe(pipe: Pipe, dot: unknown): unknown {
    const value = this.#commands(pipe, dot);
    for (const name of pipe.variables) this.#set(name, value, pipe.assigns);
    return value;
  }

  #set(name: string, value: unknown, assigns: boolean): void {
    if (!assigns) {
      this.#variables.push({ name, value });
      return;
    }
    const known = this.#variables.findLast((variable) => variable.name === name);
    if (known === undefined) this.#fail(`undefined variable: ${name}`);
    known.value = value;
  }

  #commands(pipe: Pipe, dot: unknown): unknown {
    const [first, ...others] = pipe.commands;
    if (first === undefined) return undefined;
    return others.reduce((value, command) => this.#command(command, dot, [value]), this.#command(first, dot, []));
  }

  /** One command; `final` holds the value piped in, which becomes the last argument. */
  #command(command: Command, dot: unknown, final: readonly unknown[]): unknown {
    const [head, ...rest] = command.operands;
    if (head === undefined) return undefined;
    this.#at = head;
    if (head.kind === "function") return this.#call(head.name, command, { operands: rest, dot, final });
    const names = "names" in head ? head.names : [];
    const method = names.at(-1);
    if (rest.length > 0 || final.length > 0) {
      if (method === undefined)
        this.#fail(`can't give argument to non-function ${this.#with.source.text.slice(head.start, head.end)}`);
      return this.#method(head, method, { operands: rest, dot, final });
    }
    if (head.kind === "nil") this.#fail("nil is not a command");
    return this.#operand(head, dot);
  }

  #method(head: Exclude<Operand, { kind: "function" }>, name: string, { operands, dot, final }: Call): unknown {
    const names = "names" in head ? head.names.slice(0, -1) : [];
    const receiver = this.#chain(this.#base(head, dot), names);
    const found = this.#lookUp(receiver, name);
    if (typeof found !== "function") this.#fail(`${name} has arguments but cannot be invoked as function`);
    const args = [...operands.map((operand) => this.#argument(operand, dot)), ...final];
    return this.#guarded(name, head, () => (found as TemplateFunction)(...args));
  }

  #argument(operand: Operand, dot: unknown): unknown {
    this.#at = operand;
    return this.#operand(operand, dot);
  }

  #operand(operand: Operand, dot: unknown): unknown {
    if (operand.kind === "function") return this.#call(operand.name, operand, { operands: [], dot, final: [] });
    return this.#chain(this.#base(operand, dot), "names" in operand ? operand.names : []);
  }

  #base(operand: Exclude<Operand, { kind: "function" }>, dot: unknown): unknown {
    switch (operand.kind) {
      case "constant":
        return operand.value;
      case "nil":
        return null;
      case "variable": {
        const known = this.#variables.findLast(({ name }) => name === operand.name);
        return known === undefined ? this.#fail(`undefined variable: ${operand.name}`) : known.value;
      }
      case "group":
        return this.#pipe(operand.pipe, dot);
      default:
        return dot;
    }
  }

  #chain(base: unknown, names: readonly string[]): unknown {
    return names.reduce((value, name) => this.#field(value, name), base);
  }

  #field(receiver: unknown, name: string): unknown {
    const found = this.#lookUp(receiver, name);
    return typeof found === "function" ? this.#guarded(name, this.#at, () => (found as TemplateFunction)()) : found;
  }

  #lookUp(receiver: unknown, name: string): unknown {
    if (receiver instanceof Map) return receiver.get(name);
    const method = this.#with.methods[name];
    if (receiver instanceof Date) return this.#timeMethod(receiver, name);
    if (isStruct(receiver)) {
      // A field that JSON leaves out is nil.
      if (Object.hasOwn(receiver, name)) return receiver[name] ?? this.#nil(name);
      const alias = this.#with.jsonNames ? goName(receiver, name) : undefined;
      if (alias !== undefined) return receiver[alias] ?? this.#nil(alias);
      if (method !== undefined) return (...args: unknown[]) => method(receiver, ...args);
      return this.#unknownField(receiver, name);
    }
    if (receiver === undefined) return undefined;
    if (receiver === null) this.#fail(`nil pointer evaluating interface {}.${name}`);
    if (method !== undefined) return (...args: unknown[]) => method(receiver, ...args);
    return this.#fail(`can't evaluate field ${name} in type ${typeName(receiver)}`);
  }

  #nil(name: string): string | number | boolean | null {
    return zeroOf(this.#with.shapes[name]);
  }

  #timeMethod(time: Date, name: string): unknown {
    if (name === "Format") {
      const at = this.#at;
      return (...args: unknown[]) => {
        const [layout] = args;
        if (args.length !== 1) this.#fail(`wrong number of args for Format: want 1 got ${args.length}`, undefined, at);
        if (typeof layout !== "string") this.#fail(`expected string; found ${printValue(layout)}`);
        return formatTime(time, layout);
      };
    }
    const method = TIME_METHODS[name];
    return method === undefined ? this.#fail(`can't evaluate field ${name} in type time.Time`) : () => method(time);
  }

  #unknownField(receiver: Readonly<Record<string, unknown>>, name: string): never {
    const known = Object.keys(receiver);
    const close =
      nearest(name, [...known, ...Object.keys(this.#with.methods)]) ??
      known.find((key) => key.toLowerCase() === name.toLowerCase());
    const fix = close === undefined ? `use one of: ${known.join(", ")}` : `did you mean .${close}?`;
    this.#fail(`can't evaluate field ${name} in type struct`, fix);
  }

  #call(name: string, command: Span, { operands, dot, final }: Call): unknown {
    const at = this.#at;
    const builtin = this.#with.functions[name];
    if (builtin === undefined) return this.#fail(`function "${name}" not defined`);
    const count = operands.length + final.length;
    const { takes, rest } = builtin;
    if (count < takes.length || (rest === undefined && count > takes.length)) {
      const wanted = rest === undefined ? `${takes.length}` : `at least ${takes.length}`;
      this.#fail(`wrong number of args for ${name}: want ${wanted} got ${count}`);
    }
    const args: unknown[] = [];
    for (const operand of operands) {
      const value = this.#argument(operand, dot);
      // What decides ends the call: later arguments are not evaluated, so that {{and .A .A.B}} is safe.
      if ((name === "and" && !isTrue(value)) || (name === "or" && isTrue(value))) return value;
      this.#check(takes[args.length] ?? rest, value, operand);
      args.push(value);
    }
    if (final.length > 0) {
      this.#at = at;
      this.#check(takes[args.length] ?? rest, final[0], undefined);
    }
    const [called] = operands;
    if (name === "call" && called !== undefined && typeof args[0] !== "function") {
      const text = this.#with.source.text.slice(called.start, called.end);
      this.#fail(`error calling call: non-function ${text} of type ${typeName(args[0])}`, undefined, command);
    }
    return this.#guarded(name, command, () => builtin.call(...args, ...final));
  }

  #check(kind: Builtin["rest"], value: unknown, operand: Operand | undefined): void {
    const { text } = this.#with.source;
    const constant = operand?.kind === "constant" ? text.slice(operand.start, operand.end) : undefined;
    const wrong = checkArgument(kind, value, constant);
    if (wrong !== undefined) this.#fail(wrong);
  }

  #guarded(name: string, context: Context, call: () => unknown): unknown {
    try {
      return call();
    } catch (cause) {
      if (cause instanceof Error && cause.message.startsWith("template: ")) throw cause;
      const { source } = this.#with;
      throw executionError(source, context, { what: `error calling ${name}: ${describeError(cause)}`, cause });
    }
  }

  #fail(what: string, fix?: string, context: Context = this.#at): never {
    throw executionError(this.#with.source, context, { what, fix });
  }
}

function goName(struct: Readonly<Record<string, unknown>>, name: string): string | undefined {
  if (!/^[A-Z]/.test(name)) return undefined;
  const fold = (text: string): string => text.replaceAll("_", "").toLowerCase();
  const wanted = fold(name);
  return Object.keys(struct).find((key) => fold(key) === wanted);
}
