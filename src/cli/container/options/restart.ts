import type { ContainerSpec } from "../../../state/container.ts";
import type { RestartPolicy } from "../../../state/spec/restart.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";

/** When a container is started again by itself: an option of `run` and `create`, as both peers name it. */
export const RESTART_OPTIONS = {
  restart: {
    kind: "string",
    value: "POLICY",
    help: "Start it again when it ends: no, always, on-failure[:MAX], unless-stopped (default no)",
  },
} as const;

/** The policy asked for. Throws `invalid` for an unknown one, and beside `--rm`. */
export function restartOf(values: Values<typeof RESTART_OPTIONS> & { rm: boolean }): Pick<ContainerSpec, "restart"> {
  if (values.restart === undefined || values.restart === "") return {};
  const restart = parseRestartPolicy(values.restart);
  if (values.rm && restart.name !== "no")
    throw badOption("--restart", values.restart, "possible together with --rm", "leave out one of the two");
  return { restart };
}

/** `no` (also `never`), `always`, `on-failure[:N]`, `unless-stopped`. Throws `invalid` naming the option. */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [, name = "", , count] = /^(no|never|always|on-failure|unless-stopped)(:(\d+))?$/.exec(text) ?? [];
  const known = "no, always, on-failure[:MAX], unless-stopped";
  if (name === "") throw badOption("--restart", text, "a restart policy", `known: ${known}`);
  if (count !== undefined && name !== "on-failure")
    throw badOption("--restart", text, "a restart policy: only on-failure takes a number", `known: ${known}`);
  if (name === "on-failure")
    return count === undefined || Number(count) === 0 ? { name } : { name, maxRetries: Number(count) };
  return { name: name === "never" ? "no" : (name as "no" | "always" | "unless-stopped") };
}
