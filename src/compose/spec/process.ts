import { parseSignal } from "../../host/signal.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { Environment } from "../service.ts";
import { refuseAttribute, type SpecContext } from "./context.ts";

const DEFAULT_GRACE_MS = 10_000;

type ProcessPart = Pick<
  ContainerSpec,
  "command" | "env" | "groupAdd" | "tty" | "interactive" | "stopTimeout" | "process" | "identity"
> &
  Partial<Pick<ContainerSpec, "entrypoint" | "workdir" | "user" | "hostname" | "stopSignal">>;

/** How the service's command begins and ends. */
export function processPart(context: SpecContext): ProcessPart {
  const { service } = context;
  const { command, entrypoint, working_dir, user, hostname, domainname, stop_signal } = service;
  const { env, unsetEnv } = variablesOf(service.environment);
  return {
    ...commandPart(command, entrypoint),
    env,
    groupAdd: service.group_add ?? [],
    tty: service.tty ?? false,
    interactive: service.stdin_open ?? false,
    stopTimeout: (service.stop_grace_period ?? DEFAULT_GRACE_MS) / 1000,
    process: {
      ...(service.init === true ? { init: true as const } : {}),
      ...(unsetEnv.length === 0 ? {} : { unsetEnv }),
    },
    identity: domainname === undefined ? {} : { domainname },
    ...(working_dir === undefined ? {} : { workdir: working_dir }),
    ...(user === undefined ? {} : { user }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(stop_signal === undefined ? {} : { stopSignal: signalOf(context, stop_signal) }),
  };
}

// An empty command of a service clears the image's, which the engine says by an entrypoint of the service's own.
function commandPart(
  command: readonly string[] | null,
  entrypoint: readonly string[] | null,
): Pick<ContainerSpec, "command" | "entrypoint"> {
  return { command: command ?? [], ...(entrypoint === null ? {} : { entrypoint }) };
}

/** KEY=VALUE for those with a value, the names of those that are taken away. */
export function variablesOf(environment: Environment = {}): { env: string[]; unsetEnv: string[] } {
  const entries = Object.entries(environment);
  return {
    env: entries.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`])),
    unsetEnv: entries.flatMap(([name, value]) => (value === null ? [name] : [])),
  };
}

function signalOf(context: SpecContext, signal: string): string {
  try {
    parseSignal(signal);
    return signal;
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    throw refuseAttribute(context, { path: ["stop_signal"], why: error.message });
  }
}
