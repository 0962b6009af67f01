import { EstibaError } from "../../lib/error.ts";

/** The names given; with `all` there must be none. Throws `invalid` where there are neither, or both. */
export function selectVolumeNames(args: readonly string[], { all }: { all: boolean }): readonly string[] {
  if (all !== args.length > 0) return args;
  throw new EstibaError("invalid", {
    reason: "cli.selection",
    what: all ? "no arguments are needed with --all" : "choose either one or more volumes or all",
    fix: "name volumes, or use --all",
  });
}
