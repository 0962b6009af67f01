import { resolve } from "node:path";
import { parseSignal } from "../../../host/signal.ts";
import { present } from "../../../lib/present.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { ProcessOptions } from "../../../state/spec/process.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { containerEnvironmentOf, type ENVIRONMENT_OPTIONS } from "./environment.ts";

/** What the command of a container is and how it starts: options of `run` and `create`, as Podman names them. */
export const PROCESS_OPTIONS = {
  "conmon-pidfile": {
    kind: "string",
    value: "FILE",
    help: "Write the pid of its conmon to this file",
    complete: "file",
  },
  entrypoint: {
    kind: "string",
    value: "COMMAND",
    help: 'Replace the image\'s entrypoint; "" clears it, a JSON array gives words',
  },
  init: { kind: "flag", help: "Put a small init before the command: it reaps processes and passes signals on" },
  "init-path": { kind: "string", value: "FILE", help: "That init (default: catatonit)", complete: "file" },
  interactive: { kind: "flag", short: "i", help: "Keep stdin open" },
  pidfile: { kind: "string", value: "FILE", help: "Write the pid of its first process to this file", complete: "file" },
  sdnotify: {
    kind: "string",
    value: "container|conmon|ignore",
    help: "Who tells systemd that it is ready, through NOTIFY_SOCKET (default container)",
  },
  "stop-signal": {
    kind: "string",
    value: "SIGNAL",
    help: "Signal that stops it (default: the image's, or SIGTERM)",
    complete: "signal",
  },
  "stop-timeout": { kind: "integer", value: "SECONDS", help: "Time between that signal and SIGKILL (default 10)" },
  systemd: {
    kind: "string",
    value: "true|false|always",
    help: "Prepare it for systemd: when the command is one, never, or always",
    choices: ["true", "false", "always"],
  },
  timeout: { kind: "integer", value: "SECONDS", help: "Kill it after so long" },
  tty: { kind: "flag", short: "t", help: "Give it a terminal" },
  umask: { kind: "string", value: "MASK", help: "File mode creation mask (default 0022)" },
  workdir: { kind: "string", short: "w", value: "DIR", help: "Working folder in the container" },
} as const;

const DEFAULT_STOP_TIMEOUT = 10;

type ProcessValues = Values<typeof PROCESS_OPTIONS> & Values<typeof ENVIRONMENT_OPTIONS>;
type ProcessPart = Pick<ContainerSpec, "env" | "tty" | "interactive" | "stopTimeout"> &
  Partial<Pick<ContainerSpec, "entrypoint" | "workdir" | "stopSignal" | "process">>;

/** Throws `invalid` naming the option. */
export function processOf(values: ProcessValues): ProcessPart {
  const { env, options: environment } = containerEnvironmentOf(values);
  const options = { ...environment, ...optionsOf(values) };
  return {
    ...entrypoint(values.entrypoint),
    ...present({
      workdir: values.workdir,
      stopSignal: values["stop-signal"] === undefined ? undefined : checkedSignal(values["stop-signal"]),
    }),
    env,
    tty: values.tty,
    interactive: values.interactive,
    stopTimeout: values["stop-timeout"] ?? DEFAULT_STOP_TIMEOUT,
    ...(Object.keys(options).length === 0 ? {} : { process: options }),
  };
}

function optionsOf(values: ProcessValues): ProcessOptions {
  if (values.init && values.systemd === "always")
    throw badOption("--systemd", "always", "possible together with --init", "leave out one of the two");
  return present({
    umask: values.umask === undefined ? undefined : parseUmask(values.umask),
    init: values.init ? (absolute(values["init-path"]) ?? true) : undefined,
    timeoutSeconds: parseTimeout(values.timeout),
    systemd: values.systemd === undefined ? undefined : SYSTEMD[values.systemd],
    sdnotify: values.sdnotify === undefined ? undefined : parseSdnotify(values.sdnotify),
    pidFile: absolute(values.pidfile),
    monitorPidFile: absolute(values["conmon-pidfile"]),
  });
}

const SYSTEMD: Readonly<Record<string, ProcessOptions["systemd"]>> = { true: "auto", false: "never", always: "always" };

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

function parseUmask(text: string): number {
  if (/^0?[0-7]{1,3}$/.test(text)) return Number.parseInt(text, 8);
  throw badOption("--umask", text, "an octal mask", "for example 0022");
}

function parseTimeout(seconds: number | undefined): number | undefined {
  if (seconds === undefined || seconds === 0) return undefined;
  if (seconds > 0) return seconds;
  throw badOption("--timeout", String(seconds), "a number of seconds");
}

function parseSdnotify(text: string): ProcessOptions["sdnotify"] {
  if (text === "container" || text === "conmon" || text === "ignore") return text;
  const fix = text === "healthy" ? "wait for its health by: estiba wait --condition healthy CONTAINER" : undefined;
  throw badOption("--sdnotify", text, "container, conmon or ignore", fix);
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
