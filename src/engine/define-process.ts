import { basename } from "node:path";
import type { ContainerSpec } from "../state/container.ts";

const SYSTEMD_INITS = ["/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"];

/**
 * The variables of the image and of the user, in this order, so that a later one of a name counts. What `--unsetenv` names is left out of
 * the image's; a `${NAME}` of `--env-merge` is the image's NAME, and nothing where that has none.
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
  return [...kept, ...merged, ...env];
}

/** Whether a container is prepared for systemd: asked for, or by its command. Source: podman-run(1), `--systemd`. */
export function runsSystemd({ process: options = {} }: ContainerSpec, args: readonly string[]): boolean {
  if (options.systemd === "always") return true;
  if (options.systemd === "never" || options.init !== undefined) return false;
  const command = args[0] ?? "";
  return basename(command) === "systemd" || SYSTEMD_INITS.includes(command);
}
