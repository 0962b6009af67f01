import { ApiError } from "./http/api-error.ts";
import type { Handler } from "./http/call.ts";

/** What clients may ask and is not to be had here, each with a reason and what to do instead. */
function refuse(what: string): Handler {
  return () => {
    throw new ApiError(501, what);
  };
}

export const checkpoint: Handler = refuse(
  "checkpoint and restore are not supported: they need CRIU, which Estiba does not use",
);
export const scp: Handler = refuse(
  "the service copies no images to other hosts: use estiba image scp on its host, or save and load",
);
export const systemdUnits: Handler = refuse(
  "generating systemd units is not supported: write a Quadlet file, which estiba quadlet install makes a unit of",
);
export const plugins: Handler = refuse("plugins are not supported: drivers of volumes, networks and logs are built in");
