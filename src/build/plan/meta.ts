import { parseSignal } from "../../host/signal.ts";
import { parseDuration } from "../../lib/duration.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Healthcheck, ProcessDefaults } from "../../oci/image-config.ts";
import type { CommandLine, Statement } from "../parse/instruction.ts";
import { syntaxError } from "../parse/source.ts";
import type { StageState, StepContext } from "./evaluate.ts";
import { shellOf } from "./layer-steps.ts";

type Meta = Exclude<Statement, { kind: "from" | "arg" | "run" | "copy" | "add" | "workdir" }>;

const NS_PER_MS = 1_000_000;

/** Applies an instruction that changes no file; gives its line of the history. Source: BuildKit's dispatcher. */
export function applyMeta(
  statement: Exclude<Statement, { kind: "arg" }>,
  state: StageState,
  context: StepContext,
): string {
  const [process, text] = change(statement as Meta, state, context);
  state.process = process;
  return text;
}

function change(statement: Meta, state: StageState, context: StepContext): [ProcessDefaults, string] {
  const { process } = state;
  const { replace } = context;
  switch (statement.kind) {
    case "env": {
      const pairs = replaced(statement.pairs, context);
      const env = pairs.reduce((list, { name, value }) => withEntry(list, name, value), process.env);
      return [{ ...process, env }, `ENV ${pairText(pairs)}`];
    }
    case "label": {
      const pairs = replaced(statement.pairs, context);
      const labels = { ...process.labels, ...Object.fromEntries(pairs.map(({ name, value }) => [name, value])) };
      return [{ ...process, labels }, `LABEL ${pairText(pairs)}`];
    }
    case "user": {
      const user = replace.text(statement.text);
      return [{ ...process, user }, `USER ${user}`];
    }
    case "stopsignal":
      return stopSignal(replace.text(statement.text), process, context);
    case "maintainer":
      state.author = statement.text;
      return [process, `MAINTAINER ${statement.text}`];
    case "volume": {
      const paths = statement.paths.map(replace.text);
      const volumes = [...new Set([...process.volumes, ...paths])].toSorted();
      return [{ ...process, volumes }, `VOLUME [${paths.join(" ")}]`];
    }
    case "expose": {
      const ports = replace.words(statement.ports).flatMap((port) => exposed(port, context));
      const exposedPorts = [...new Set([...process.exposedPorts, ...ports])].toSorted();
      return [{ ...process, exposedPorts }, `EXPOSE [${ports.join(" ")}]`];
    }
    case "cmd": {
      state.cmdIsOwn = true;
      const cmd = argvOf(statement.command, process);
      return [{ ...process, cmd }, `CMD ${quoted(cmd)}`];
    }
    case "entrypoint": {
      const entrypoint = argvOf(statement.command, process);
      const cmd = state.cmdIsOwn ? process.cmd : [];
      return [{ ...process, entrypoint, cmd }, `ENTRYPOINT ${quoted(entrypoint)}`];
    }
    case "shell":
      return [{ ...process, shell: [...statement.argv] }, `SHELL [${statement.argv.join(" ")}]`];
    case "onbuild":
      return [{ ...process, onBuild: [...process.onBuild, statement.trigger] }, `ONBUILD ${statement.trigger}`];
    case "healthcheck": {
      const healthcheck = healthcheckOf(statement, context);
      return [{ ...process, healthcheck }, `HEALTHCHECK ${quoted(healthcheck.test)}`];
    }
  }
}

function replaced(
  pairs: readonly { readonly name: string; readonly value: string }[],
  { replace }: StepContext,
): { name: string; value: string }[] {
  return pairs.map(({ name, value }) => ({ name: replace.text(name), value: replace.text(value) }));
}

function pairText(pairs: readonly { readonly name: string; readonly value: string }[]): string {
  return pairs.map(({ name, value }) => `${name}=${value}`).join(" ");
}

// In its place where it was there, else at the end.
function withEntry(env: readonly string[], name: string, value: string): string[] {
  const entry = `${name}=${value}`;
  const found = env.some((item) => item.startsWith(`${name}=`));
  return found ? env.map((item) => (item.startsWith(`${name}=`) ? entry : item)) : [...env, entry];
}

function argvOf(command: CommandLine, process: ProcessDefaults): string[] {
  if (command.form === "exec") return [...command.argv];
  const shell = shellOf(process);
  return command.text === "" ? [...shell] : [...shell, command.text];
}

function quoted(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(" ")}]`;
}

function stopSignal(text: string, process: ProcessDefaults, context: StepContext): [ProcessDefaults, string] {
  try {
    parseSignal(text);
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    throw wrong(context, `Invalid signal: ${text}`);
  }
  return [{ ...process, stopSignal: text }, `STOPSIGNAL ${text}`];
}

function exposed(text: string, context: StepContext): string[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match === null || first < 1 || last > 65_535 || last < first)
    throw wrong(context, `invalid containerPort: ${text}`);
  const protocol = (match[3] ?? "tcp").toLowerCase();
  return Array.from({ length: last - first + 1 }, (_, offset) => `${first + offset}/${protocol}`);
}

function healthcheckOf({ test, times }: Meta & { kind: "healthcheck" }, context: StepContext): Healthcheck {
  if (test === "none") return { test: ["NONE"] };
  const argv = test.form === "exec" ? ["CMD", ...test.argv] : ["CMD-SHELL", test.text];
  const duration = (name: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const ms = parseDuration(text);
    if (ms === undefined || ms < 0 || (ms > 0 && ms < 1))
      throw wrong(context, `--${name}=${text} is no duration of at least 1ms`);
    return ms === 0 ? undefined : Math.round(ms * NS_PER_MS);
  };
  const fields = {
    intervalNs: duration("interval", times.interval),
    timeoutNs: duration("timeout", times.timeout),
    startPeriodNs: duration("start-period", times.startPeriod),
    startIntervalNs: duration("start-interval", times.startInterval),
    retries: retriesOf(times.retries, context),
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { test: argv, ...given };
}

function retriesOf(text: string | undefined, context: StepContext): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw wrong(context, `--retries=${text} is no number`);
  return Number(text) === 0 ? undefined : Number(text);
}

function wrong({ scope, instruction }: StepContext, why: string): Error {
  return syntaxError(scope.source, instruction.placeOf(0), why);
}
