import { parseSignal } from "../../../host/signal.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { Values } from "../../command.ts";
import { environmentOf } from "../environment.ts";
import { present } from "./values.ts";

/** What the command of a container is and how it starts: options of `run` and `create`, as Podman names them. */
export const PROCESS_OPTIONS = {
  entrypoint: {
    kind: "string",
    value: "COMMAND",
    help: 'Replace the image\'s entrypoint; "" clears it, a JSON array gives words',
  },
  env: { kind: "list", short: "e", value: "KEY[=VALUE]", help: "Set a variable; without a value, the caller's own" },
  "env-file": { kind: "list", value: "FILE", help: "Read variables from a file, a line each", complete: "file" },
  "group-add": { kind: "list", value: "GROUP", help: "Add a supplementary group" },
  hostname: { kind: "string", short: "h", value: "NAME", help: "The container's host name" },
  interactive: { kind: "flag", short: "i", help: "Keep stdin open" },
  "stop-signal": { kind: "string", value: "SIGNAL", help: "Signal that stops it (default: the image's, or SIGTERM)" },
  "stop-timeout": { kind: "integer", value: "SECONDS", help: "Time between that signal and SIGKILL (default 10)" },
  tty: { kind: "flag", short: "t", help: "Give it a terminal" },
  user: { kind: "string", short: "u", value: "USER[:GROUP]", help: "User to run as" },
  workdir: { kind: "string", short: "w", value: "DIR", help: "Working folder in the container" },
} as const;

const DEFAULT_STOP_TIMEOUT = 10;

type ProcessPart = Pick<ContainerSpec, "env" | "groupAdd" | "tty" | "interactive" | "stopTimeout"> &
  Partial<Pick<ContainerSpec, "entrypoint" | "workdir" | "user" | "hostname" | "stopSignal">>;

export function processOf(values: Values<typeof PROCESS_OPTIONS>): ProcessPart {
  return {
    ...entrypoint(values.entrypoint),
    ...present({
      workdir: values.workdir,
      user: values.user,
      hostname: values.hostname,
      stopSignal: values["stop-signal"] === undefined ? undefined : checkedSignal(values["stop-signal"]),
    }),
    env: environmentOf(values.env, values["env-file"]),
    groupAdd: values["group-add"],
    tty: values.tty,
    interactive: values.interactive,
    stopTimeout: values["stop-timeout"] ?? DEFAULT_STOP_TIMEOUT,
  };
}

function entrypoint(text: string | undefined): { entrypoint?: string[] } {
  if (text === undefined) return {};
  if (text === "") return { entrypoint: [] };
  if (!text.startsWith("[")) return { entrypoint: [text] };
  const words = parseJsonWords(text);
  return { entrypoint: words ?? [text] };
}

function parseJsonWords(text: string): string[] | undefined {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : undefined;
  } catch (error) {
    // A program may well be called `[`: what is no JSON is taken as it stands.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function checkedSignal(text: string): string {
  parseSignal(text);
  return text;
}
