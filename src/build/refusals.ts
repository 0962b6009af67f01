import { EstibaError } from "../lib/error.ts";

/** A RUN for a platform that this host cannot run. */
export function foreignRun({ title }: { readonly title: string }, platform: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "build.foreign_run",
    what: `${title}: a command for ${platform} cannot run on this host`,
    fix: "do the work in a stage FROM --platform=$BUILDPLATFORM, and COPY --from it",
  });
}

/** A right that `--allow` did not give. */
export function notAllowed(what: string, option: string): EstibaError {
  return new EstibaError("denied", {
    reason: "build.not_allowed",
    what: `${what} was not allowed`,
    fix: `allow it: --allow ${option}`,
  });
}
