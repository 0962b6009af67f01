import { EstibaError } from "../../lib/error.ts";
import type { Loaded } from "../load.ts";
import type { Naming } from "../plan/names.ts";
import { positionOf } from "../position.ts";
import type { Service } from "../service.ts";

/** A service on its way to a container, with what it is part of. */
export type SpecContext = {
  readonly loaded: Loaded;
  readonly naming: Naming;
  readonly name: string;
  readonly service: Service;
};

type Refusal = {
  /** Below the service: `["ports", 0]`. */
  readonly path: readonly (string | number)[];
  readonly why: string;
  readonly fix?: string;
};

/** The error for an attribute that cannot work here: by name, with file, line and column. */
export function refuseAttribute({ loaded, name }: SpecContext, { path, why, fix }: Refusal): EstibaError {
  const full = ["services", name, ...path];
  const place = positionOf(loaded.sources, full);
  return new EstibaError("unsupported", {
    reason: "compose.unsupported",
    what: `${place === undefined ? "" : `${place.where}: `}services.${name}.${path.join(".")}: ${why}`,
    ...(fix === undefined ? {} : { fix }),
    ...(place === undefined ? {} : { details: { frame: place.frame, where: place.where } }),
  });
}
