import { EstibaError } from "../../lib/error.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import type { Loaded } from "../load.ts";
import type { Naming } from "../plan/names.ts";
import type { Service } from "../service.ts";

/** A service on its way to a container, with what it is part of. */
export type SpecContext = {
  readonly loaded: Loaded;
  readonly naming: Naming;
  readonly name: string;
  readonly service: Service;
};

type Refusal = {
  /** Below the service, or from the top: `["ports", 0]`. */
  readonly path: readonly (string | number)[];
  readonly why: string;
  readonly fix?: string;
};

/** The error for an attribute that cannot work here: by name, with file, line and column. */
export function refuseAttribute({ loaded, name }: SpecContext, { path, why, fix }: Refusal): EstibaError {
  return refuseValue(loaded, { path: ["services", name, ...path], why, ...(fix === undefined ? {} : { fix }) });
}

/** The same for any value of the project. */
export function refuseValue({ sources }: Pick<Loaded, "sources">, { path, why, fix }: Refusal): EstibaError {
  const parts = { reason: "compose.unsupported", what: `${path.join(".")}: ${why}`, fix };
  const origin = sources.of(path);
  if (origin !== undefined) return problemAt(origin, { ...parts, code: "unsupported" });
  const { reason, what } = parts;
  return new EstibaError("unsupported", { reason, what, ...(fix === undefined ? {} : { fix }) });
}
