import type { ApiClient } from "../../client/api-client.ts";
import type { Option, Values } from "../command.ts";
import type { Cli } from "../context.ts";

/** What a verb has at hand when the engine is elsewhere. */
export type Remote = Pick<Cli, "out" | "err" | "warn"> & { readonly client: ApiClient };

/** Options of the local command that go to an engine elsewhere, by their kind there. */
type Shape = Readonly<Record<string, Exclude<Option["kind"], "refused">>>;

type ValuesOf<S extends Shape> = Values<{ [K in keyof S]: { readonly kind: S[K]; readonly help: string } }>;

/** A verb at an engine elsewhere. The command of the same name has its usage, its help and its options; those that are not here are refused. */
export type RemoteVerb = {
  readonly options: Shape;
  /** Resolves to the exit code. */
  readonly run: (values: ValuesOf<Shape>, args: readonly string[], remote: Remote) => Promise<number>;
};

/** Ties the options to the types that `run` sees, then forgets them. */
export function defineRemote<const S extends Shape>(verb: {
  readonly options: S;
  readonly run: (values: ValuesOf<S>, args: readonly string[], remote: Remote) => Promise<number>;
}): RemoteVerb {
  return verb as unknown as RemoteVerb;
}
