import { EstibaError } from "../../lib/error.ts";
import { formatPlatform, hostPlatform } from "../../oci/platform.ts";
import { VERSION } from "../version.ts";

/** The builder that is built in, as buildx describes one. */
export type BuilderRow = {
  readonly Name: string;
  readonly Driver: string;
  readonly Endpoint: string;
  readonly Status: string;
  readonly Buildkit: string;
  readonly Platforms: string;
  readonly Current: boolean;
};

const NAME = "default";

export function ownBuilder(): BuilderRow {
  const platforms = formatPlatform(hostPlatform());
  return {
    Name: NAME,
    Driver: "estiba",
    Endpoint: NAME,
    Status: "running",
    Buildkit: VERSION,
    Platforms: platforms,
    Current: true,
  };
}

/** Throws `not_found` for any other builder than the one there is. */
export function checkBuilder(name: string): void {
  if (name === NAME) return;
  throw new EstibaError("not_found", {
    reason: "build.unknown_builder",
    what: `no builder "${name}" found`,
    fix: `there is one, "${NAME}", and it is built in: leave the name out`,
  });
}
