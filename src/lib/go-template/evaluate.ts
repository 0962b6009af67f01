import { describeError } from "../error.ts";
import { nearest } from "../nearest.ts";
import type { TemplateFunction } from "./functions.ts";
import { type Command, type Node, type Operand, type Parsed, type Pipe, templateError } from "./syntax.ts";
import { entriesOf, isTrue, printValue, typeName } from "./value.ts";

/** What a template runs in, besides its data. */
export type Surroundings = {
  readonly source: string;
  readonly parsed: Parsed;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  /** Names that stand after a dot like fields but compute: `.Label "x"`. The first argument is what stands before the dot. */
  readonly methods: Readonly<Record<string, TemplateFunction>>;
  /** Fields whose objects are maps: a missing key is no error there. */
  readonly maps: ReadonlySet<string>;
};

const MAX_DEPTH = 500;
type Variable = { name: string; value: unknown };
type Jump = "break" | "continue" | undefined;

/** Runs a parsed template over data. Throws `invalid` with the place for what cannot be evaluated. */
export function evaluate(surroundings: Surroundings, data: unknown): string {
  const run = new Run(surroundings, data);
  run.walk(surroundings.parsed.nodes, data);
  return run.out.join("");
}

class Run {
  readonly out: string[] = [];
  readonly #with: Surroundings;
  readonly #knownMaps = new WeakSet<object>();
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
    const items = this.#itemsOf(this.#commands(pipe, dot), pipe.at);
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

  #itemsOf(value: unknown, at: number): [unknown, unknown][] {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return value.map((item, index) => [index, item]);
    if (typeof value === "number" && Number.isInteger(value))
      return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index]);
    const entries = entriesOf(value);
    return entries ?? this.#fail(at, `range can't iterate over ${printValue(value)}`);
  }

  #template({ name, pipe, at }: Extract<Node, { kind: "template" }>, dot: unknown): void {
    const { definitions } = this.#with.parsed;
    const nodes = definitions.get(name);
    if (nodes === undefined) {
      const close = nearest(name, definitions.keys());
      this.#fail(at, `template "${name}" not defined`, close === undefined ? undefined : `did you mean "${close}"?`);
    }
    if (this.#depth >= MAX_DEPTH) this.#fail(at, `templates call each other more than ${MAX_DEPTH} deep`);
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
    const known = assigns ? this.#variables.findLast((variable) => variable.name === name) : undefined;
    if (known === undefined) this.#variables.push({ name, value });
    else known.value = value;
  }

  #commands(pipe: Pipe, dot: unknown): unknown {
    const [first, ...others] = pipe.commands;
    if (first === undefined) return undefined;
    return others.reduce((value, command) => this.#command(command, dot, [value]), this.#command(first, dot, []));
  }

  /** One command; `final` holds the value piped in, which becomes the last argument. */
  #command({ operands, at }: Command, dot: unknown, final: readonly unknown[]): unknown {
    const [head, ...rest] = operands;
    if (head === undefined) return undefined;
    if (head.kind === "function") return this.#call(head, { operands: rest, dot, final });
    const names = "names" in head ? head.names : [];
    const method = names.at(-1);
    if (rest.length === 0 && final.length === 0) return this.#operand(head, dot);
    if (method === undefined) return this.#fail(at, "can't give arguments to what is no function");
    const receiver = this.#chain(this.#base(head, dot), names.slice(0, -1), head.at);
    const args = [...rest.map((operand) => this.#operand(operand, dot)), ...final];
    return this.#field(receiver, { name: method, at: head.at, args });
  }

  #operand(operand: Operand, dot: unknown): unknown {
    if (operand.kind === "function") return this.#call(operand, { operands: [], dot, final: [] });
    return this.#chain(this.#base(operand, dot), "names" in operand ? operand.names : [], operand.at);
  }

  #base(operand: Exclude<Operand, { kind: "function" }>, dot: unknown): unknown {
    switch (operand.kind) {
      case "constant":
        return operand.value;
      case "nil":
        return null;
      case "variable":
        return this.#variables.findLast(({ name }) => name === operand.name)?.value;
      case "group":
        return this.#pipe(operand.pipe, dot);
      default:
        return dot;
    }
  }

  #chain(base: unknown, names: readonly string[], at: number): unknown {
    return names.reduce((value, name) => this.#field(value, { name, at, args: [] }), base);
  }

  #field(receiver: unknown, { name, at, args }: { name: string; at: number; args: readonly unknown[] }): unknown {
    const found = this.#lookUp(receiver, name, at);
    if (typeof found === "function") return this.#guarded(name, at, () => (found as TemplateFunction)(...args));
    if (args.length > 0) this.#fail(at, `"${name}" has arguments but is not a method`);
    if (this.#with.maps.has(name) && typeof found === "object" && found !== null) this.#knownMaps.add(found);
    return found;
  }

  #lookUp(receiver: unknown, name: string, at: number): unknown {
    if (receiver instanceof Map) return receiver.get(name);
    const method = this.#with.methods[name];
    if (typeof receiver !== "object" || receiver === null || Array.isArray(receiver)) {
      if (method !== undefined) return (...args: unknown[]) => method(receiver, ...args);
      return this.#fail(at, `can't evaluate field "${name}" in type ${typeName(receiver)}`);
    }
    if (Object.hasOwn(receiver, name) || (name in receiver && !(name in Object.prototype)))
      return Reflect.get(receiver, name);
    if (method !== undefined) return (...args: unknown[]) => method(receiver, ...args);
    const known = Object.keys(receiver);
    if (this.#knownMaps.has(receiver) || known.length === 0) return undefined;
    const close =
      nearest(name, [...known, ...Object.keys(this.#with.methods)]) ??
      known.find((key) => key.toLowerCase() === name.toLowerCase());
    return this.#fail(
      at,
      `unknown field "${name}"`,
      close === undefined ? `use one of: ${known.join(", ")}` : `did you mean .${close}?`,
    );
  }

  #call(
    { name, at }: Extract<Operand, { kind: "function" }>,
    { operands, dot, final }: { operands: readonly Operand[]; dot: unknown; final: readonly unknown[] },
  ): unknown {
    const call = this.#with.functions[name];
    if (call === undefined) return this.#fail(at, `function "${name}" is not defined`);
    const args: unknown[] = [];
    for (const operand of operands) {
      const value = this.#operand(operand, dot);
      // What decides ends the call: later arguments are not evaluated, so that {{and .A .A.B}} is safe.
      if ((name === "and" && !isTrue(value)) || (name === "or" && isTrue(value))) return value;
      args.push(value);
    }
    return this.#guarded(name, at, () => call(...args, ...final));
  }

  #guarded(name: string, at: number, call: () => unknown): unknown {
    try {
      return call();
    } catch (cause) {
      throw templateError(this.#with.source, at, { what: `error calling ${name}: ${describeError(cause)}`, cause });
    }
  }

  #fail(at: number, what: string, fix?: string): never {
    throw templateError(this.#with.source, at, { what, fix });
  }
}
