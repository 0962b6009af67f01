import { loadOne } from "../../engine/load.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Cli } from "../context.ts";
import { showProgress } from "./progress.ts";

/** A place on this host, as containers-transports(5) names it: the path, and which of several images there. */
export type LocalPlace = { readonly path: string; readonly wanted: string | undefined };

/** Reads `oci:PATH[:NAME]`, `oci-archive:`, `docker-archive:` or `dir:PATH`; undefined for what is a name in a registry. */
export function localPlace(text: string): LocalPlace | undefined {
  const [, transport, place = ""] = /^(oci|oci-archive|docker-archive|dir):(?!\/\/)(.+)$/.exec(text) ?? [];
  if (transport === undefined) return undefined;
  const colon = transport === "dir" ? -1 : place.indexOf(":");
  return colon < 0
    ? { path: place, wanted: undefined }
    : { path: place.slice(0, colon), wanted: place.slice(colon + 1) };
}

/** Brings the image of such a place into the store, under the names that it has there; gives its id. */
export async function pullFromPath(
  cli: Cli,
  { path, wanted }: LocalPlace,
  options: { readonly platform: Platform | undefined; readonly signal: AbortSignal; readonly quiet: boolean },
): Promise<string> {
  const steps = loadOne(cli.engine(), path, { ...options, wanted, named: true });
  return (await showProgress(cli, steps, options)).id;
}
