import { basename } from "node:path";
import { EstibaError } from "../lib/error.ts";
import type { ContainerSpec } from "../state/container.ts";

/** The runtimes put them into their own environment one by one, each after a look at all before it: 100,000 take a minute. */
const MOST_VARIABLES = 10_000;

const SYSTEMD_INITS = ["/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"];

/**
 * The variables of the image and of the user, in this order, so that a later one of a name counts. What `--unsetenv` names is left out of
 * the image's; a `${NAME}` of `--env-merge` is the image's NAME, and nothing where that has none. Throws `invalid` for more than
 * {@link MOST_VARIABLES}.
 */
export function variablesOf({ env, process: options = {} }: ContainerSpec, imageEnv: readonly string[]): string[] {
  const valueOf = (name: string): string | undefined =>
    imageEnv.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  const merged = (options.envMerge ?? []).map((entry) =>
    entry.replaceAll(
      /\$(?:\{(\w+)\}|(\w+))/g,
      (_all, braced?: string, bare?: string) => valueOf(braced ?? bare ?? "") ?? "",
    ),
  );
  const unset = new Set(options.unsetEnv);
  const defaults = [...(options.baseEnv ?? []), ...imageEnv];
  const kept = options.unsetAllEnv === true ? [] : defaults.filter((entry) => !unset.has(entry.split("=", 1)[0] ?? ""));
  const all = [...kept, ...merged, ...env];
  if (all.length <= MOST_VARIABLES) return all;
  throw new EstibaError("invalid", {
    reason: "container.many_variables",
    what: `${all.length} environment variables (${imageEnv.length} of them the image's), and at most ${MOST_VARIABLES} are possible`,
    fix: "leave the image's out with --unsetenv-all, or give fewer",
  });
}

/** Whether a container is prepared for systemd: asked for, or by its command. Source: podman-run(1), `--systemd`. */
export function runsSystemd({ process: options = {} }: ContainerSpec, args: readonly string[]): boolean {
  if (options.systemd === "always") return true;
  if (options.systemd === "never" || options.init !== undefined) return false;
  const command = args[0] ?? "";
  return basename(command) === "systemd" || SYSTEMD_INITS.includes(command);
}
