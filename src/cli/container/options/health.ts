import { statSync } from "node:fs";
import { parseDuration } from "../../../lib/duration.ts";
import { present } from "../../../lib/present.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { HealthAction, HealthOptions, HealthTest, StartupCheck } from "../../../state/spec/health.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";

/** How a container's health is checked: options of `run` and `create`, as Podman (and `start-interval`: Docker) names them. */
export const HEALTH_OPTIONS = {
  "health-cmd": { kind: "string", value: "COMMAND", help: "Check by this shell command or JSON array; none: no check" },
  "health-interval": { kind: "string", value: "DURATION", help: "Time between checks, or disable (default 30s)" },
  "health-retries": { kind: "integer", value: "N", help: "Failures in a row that make it unhealthy (default 3)" },
  "health-start-period": { kind: "string", value: "DURATION", help: "Failures do not count so long (default 0s)" },
  "health-start-interval": {
    kind: "string",
    value: "DURATION",
    help: "Time between checks in the start period (default 5s)",
  },
  "health-timeout": { kind: "string", value: "DURATION", help: "A check that takes longer has failed (default 30s)" },
  "health-on-failure": {
    kind: "string",
    value: "ACTION",
    help: "What to do when it becomes unhealthy (default none)",
    choices: ["none", "kill", "restart", "stop"],
  },
  "health-log-destination": {
    kind: "string",
    value: "WHERE",
    help: "Where results are kept: local, events_logger or a folder (default local)",
    complete: "directory",
  },
  "health-max-log-count": { kind: "integer", value: "N", help: "Results kept; 0: all (default 5)" },
  "health-max-log-size": { kind: "integer", value: "CHARS", help: "Output kept of each check; 0: all (default 500)" },
  "health-startup-cmd": {
    kind: "string",
    value: "COMMAND",
    help: "A check that must pass before the regular one begins",
  },
  "health-startup-interval": { kind: "string", value: "DURATION", help: "Time between start-up checks (default 30s)" },
  "health-startup-retries": { kind: "integer", value: "N", help: "Failures that restart it; 0: never (default 0)" },
  "health-startup-success": { kind: "integer", value: "N", help: "Start-up checks that must pass (default 1)" },
  "health-startup-timeout": { kind: "string", value: "DURATION", help: "Time for one start-up check (default 30s)" },
  "no-healthcheck": { kind: "flag", help: "Do not check, whatever the image says" },
} as const;

type HealthValues = Values<typeof HEALTH_OPTIONS>;

/** What the options ask of health checks. Throws `invalid` naming the option. */
export function healthOf(values: HealthValues): Pick<ContainerSpec, "healthcheck"> {
  const off = values["no-healthcheck"];
  const named = Object.keys(HEALTH_OPTIONS).filter(
    (name) => name !== "no-healthcheck" && values[name as keyof HealthValues] !== undefined,
  );
  if (off && named.length > 0)
    throw badOption("--no-healthcheck", "true", `possible together with --${named[0]}`, "leave out one of the two");
  if (off) return { healthcheck: { test: ["NONE"] } };
  return named.length === 0 ? {} : { healthcheck: healthOptions(values) };
}

function healthOptions(values: HealthValues): HealthOptions {
  const startup = startupOf(values);
  const action = values["health-on-failure"] as HealthAction | undefined;
  return present({
    test: values["health-cmd"] === undefined ? undefined : parseTest("--health-cmd", values["health-cmd"]),
    intervalMs: interval("health-interval", values),
    timeoutMs: duration("health-timeout", values, 1),
    retries: count("health-retries", values, 1),
    startPeriodMs: duration("health-start-period", values, 0),
    startIntervalMs: duration("health-start-interval", values, 1),
    onFailure: action,
    logDestination: logDestination(values["health-log-destination"]),
    maxLogCount: count("health-max-log-count", values, 0),
    maxLogSize: count("health-max-log-size", values, 0),
    startup,
  });
}

function startupOf(values: HealthValues): StartupCheck | undefined {
  const command = values["health-startup-cmd"];
  const rest = ["interval", "retries", "success", "timeout"].map((name) => `health-startup-${name}`);
  const alone = rest.find((name) => values[name as keyof HealthValues] !== undefined);
  if (command === undefined) {
    if (alone === undefined) return undefined;
    throw badOption(`--${alone}`, String(values[alone as keyof HealthValues]), "of use without --health-startup-cmd");
  }
  return {
    test: parseTest("--health-startup-cmd", command),
    intervalMs: interval("health-startup-interval", values) ?? 30_000,
    timeoutMs: duration("health-startup-timeout", values, 1) ?? 30_000,
    retries: count("health-startup-retries", values, 0) ?? 0,
    successes: count("health-startup-success", values, 0) ?? 0,
  };
}

/** A shell command, a JSON array (`["curl", "-f", "…"]`, also with CMD or CMD-SHELL first), or `none`. */
function parseTest(option: string, text: string): HealthTest {
  if (text === "") throw badOption(option, text, "a command");
  if (text.toLowerCase() === "none") return ["NONE"];
  if (!text.trimStart().startsWith("[")) return shellTest(text);
  let words: unknown;
  try {
    words = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // A shell's own bracket, as in `[ -f /ready ]`.
    return shellTest(text);
  }
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string"))
    throw badOption(option, text, "an array of strings", 'for example ["curl", "-f", "http://localhost"]');
  const list = words;
  if (list[0] === "NONE" || list.length === 0) return ["NONE"];
  return list[0] === "CMD" || list[0] === "CMD-SHELL" ? list : ["CMD", ...list];
}

// Podman takes `CMD-SHELL command` and `CMD command` written as one string, too.
function shellTest(text: string): HealthTest {
  const prefix = /^(CMD-SHELL|CMD)\s+/.exec(text);
  if (prefix?.[1] === "CMD") return ["CMD", ...text.slice(prefix[0].length).trim().split(/\s+/)];
  return ["CMD-SHELL", text.slice(prefix?.[0].length ?? 0)];
}

function interval(name: "health-interval" | "health-startup-interval", values: HealthValues): number | undefined {
  return values[name] === "disable" ? 0 : duration(name, values, 1);
}

type DurationName = {
  [K in keyof HealthValues]: HealthValues[K] extends string | undefined ? K : never;
}[keyof HealthValues];
type CountName = {
  [K in keyof HealthValues]: HealthValues[K] extends number | undefined ? K : never;
}[keyof HealthValues];

function duration(name: DurationName, values: HealthValues, least: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms < least)
    throw badOption(
      `--${name}`,
      text,
      least === 0 ? "a duration" : "a duration of 1ms or more",
      "for example 30s or 1m30s",
    );
  return ms;
}

function count(name: CountName, values: HealthValues, least: number): number | undefined {
  const number = values[name];
  if (number !== undefined && number < least)
    throw badOption(`--${name}`, String(number), `a number of ${least} or more`);
  return number;
}

function logDestination(text: string | undefined): string | undefined {
  if (text === undefined || text === "local" || text === "events_logger") return text;
  if (text.startsWith("/") && statSync(text, { throwIfNoEntry: false })?.isDirectory() === true) return text;
  throw badOption(
    "--health-log-destination",
    text,
    "local, events_logger or the absolute path of a folder that is there",
  );
}
