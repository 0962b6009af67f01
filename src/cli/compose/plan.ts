import { relative } from "node:path";
import type { Loaded } from "../../compose/load.ts";
import { scheduleOf } from "../../compose/plan/schedule.ts";
import type { Action, Change, Step } from "../../compose/plan/step.ts";
import { previewUp } from "../../compose/up.ts";
import { placeOf } from "../../lib/yaml/problem.ts";
import type { ScheduleSpec } from "../../state/spec/schedule.ts";
import { type Command, defineCommand } from "../command.ts";
import { openSession } from "./session.ts";
import { changeText } from "./step-words.ts";
import { MAKE_OPTIONS } from "./up-options.ts";
import { upOptions } from "./up-request.ts";

/** What scripts go by. */
const CHANGES = 100;

export const command: Command = defineCommand({
  name: "compose plan",
  summary: "Show what `up` would do, and why",
  usage: "[OPTIONS] [SERVICE...]",
  description:
    "Nothing is changed, and no registry is asked. The exit code is 0 where there is nothing to do, 100 where there is,\nand 1 for an error.",
  options: {
    ...MAKE_OPTIONS,
    json: { kind: "flag", help: "The steps with what each waits for, as JSON" },
    "no-deps": { kind: "flag", help: "Leave out what the named services depend on" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba compose plan", "a line for each change, with the place in the file"],
    ["estiba compose plan --json | jq .steps", "for a program"],
  ],
  async run(values, services, cli) {
    const session = openSession(cli);
    const loaded = await session.load({ services, dependencies: !values["no-deps"] });
    // Nobody is asked about volumes: what would be lost is told.
    const options = await upOptions(session, loaded, { ...values, yes: true }, { targets: services, start: true });
    const { images, plan } = previewUp(cli.engine(), loaded, options);
    const steps = [...images, ...plan.steps];
    const schedules = await schedulesOf(loaded);
    const changing = steps.filter(({ action }) => isChange(action));
    if (values.json) {
      const { warnings } = plan;
      const told = { project: loaded.project.name, changes: changing.length > 0, steps, warnings, schedules };
      cli.out(`${JSON.stringify(told, null, 2)}\n`);
    } else {
      for (const warning of plan.warnings) cli.err(`WARN: ${warning}\n`);
      cli.out(planText(loaded, changing));
      for (const one of schedules) cli.out(scheduleText(loaded, one));
    }
    return changing.length > 0 ? CHANGES : 0;
  },
});

function isChange({ kind }: Action): boolean {
  return kind !== "keep" && kind !== "wait";
}

function planText(loaded: Loaded, steps: readonly Step[]): string {
  if (steps.length === 0) return "Nothing to do: the project is as the files say.\n";
  const created = new Set(steps.flatMap(({ action }) => (action.kind === "create" ? [action.name] : [])));
  // A container that is made is started: one line says both.
  const shown = steps.filter(({ action }) => action.kind !== "start" || !created.has(action.name));
  return `${shown.map((step) => stepText(loaded, step)).join("")}${summaryOf(steps)}\n`;
}

function stepText(loaded: Loaded, { action, why = [] }: Step): string {
  const [mark, text] = wordsOf(action);
  const place = placeText(loaded, pathOf(action));
  const reasons = why.map((change) => `      ${changeText(change)}${reasonPlace(loaded, action, change)}\n`);
  return `  ${mark} ${text}${place}\n${reasons.join("")}`;
}

/** `+` is made, `~` is made anew, `-` goes, `>` is done to what stays. */
function wordsOf(action: Action): readonly [mark: string, text: string] {
  switch (action.kind) {
    case "pull":
      return ["+", `image ${action.image} is pulled`];
    case "build":
      return ["+", `image ${action.image} is built`];
    case "create-pod":
      return ["+", `pod ${action.name}`];
    case "remove-pod":
      return ["-", `pod ${action.name}, to be made anew`];
    case "create-network":
      return ["+", `network ${action.name}`];
    case "create-volume":
      return ["+", `volume ${action.name}`];
    case "remove-network":
      return ["-", `network ${action.name}, to be made anew`];
    case "remove-volume":
      return ["-", `volume ${action.name} with its data, to be made anew`];
    case "create":
      return action.replaces === undefined
        ? ["+", `container ${action.name}`]
        : ["~", `container ${action.name} is made anew`];
    case "take-over":
      return ["~", `container ${action.name}: its replacement, which was cut off, is finished`];
    case "remove":
      return ["-", `container ${action.name}`];
    case "start":
      return [">", `container ${action.name} is started`];
    case "schedule":
      return ["@", `container ${action.name} is started by its schedule`];
    case "pre-start":
      return [">", `pre_start hooks of ${action.service} run`];
    case "provider":
      return [">", `provider of ${action.service}: ${action.verb}`];
    case "stop":
      return [">", `container ${action.name} is stopped`];
    default:
      return [">", `${action.kind} ${"name" in action ? action.name : ""}`];
  }
}

type ScheduleTimes = { readonly service: string; readonly next: string | null } & ScheduleSpec;

/** When services run by themselves, and when that is next. */
async function schedulesOf({ project }: Loaded): Promise<ScheduleTimes[]> {
  const scheduled = Object.entries(project.services).flatMap(([service, config]) => {
    const schedule = scheduleOf(config);
    return schedule === undefined ? [] : [{ service, ...schedule }];
  });
  if (scheduled.length === 0) return [];
  const { nextRun } = await import("../../engine/schedule/next-run.ts");
  return scheduled.map((one) => {
    const next = nextRun(one, Date.now());
    return { ...one, next: next === undefined ? null : new Date(next).toISOString() };
  });
}

function scheduleText(loaded: Loaded, { service, cron, timezone, next }: ScheduleTimes): string {
  const place = placeText(loaded, ["services", service, "x-estiba", "schedule"]);
  return `${service} runs at ${cron} (${timezone}), next ${next ?? "never"}${place}\n`;
}

type Path = readonly (string | number)[];

function pathOf(action: Action): Path | undefined {
  // The default network is nowhere in most files.
  if (action.kind === "create-network" && action.key === "default") return undefined;
  if (action.kind === "create-network" || action.kind === "create-volume")
    return [action.kind === "create-network" ? "networks" : "volumes", action.key];
  return "service" in action && action.kind !== "stop" ? ["services", action.service] : undefined;
}

function reasonPlace(loaded: Loaded, action: Action, { at }: Change): string {
  return "service" in action && at !== undefined ? placeText(loaded, ["services", action.service, ...at]) : "";
}

function placeText({ sources }: Loaded, path: Path | undefined): string {
  const origin = path === undefined ? undefined : sources.of(path);
  if (origin === undefined) return "";
  const { line } = placeOf(origin);
  const { name } = origin.source;
  const short = relative(process.cwd(), name);
  return `  (${short.startsWith("..") || short === "" ? name : short}:${line})`;
}

function summaryOf(steps: readonly Step[]): string {
  const count = (test: (action: Action) => boolean): number => steps.filter(({ action }) => test(action)).length;
  const anew = count((action) => action.kind === "create" && action.replaces !== undefined);
  const made = count(({ kind }) => kind.startsWith("create")) - anew;
  const gone = count(({ kind }) => kind.startsWith("remove"));
  const started = count(({ kind }) => kind === "start");
  return `Plan: ${made} to make, ${anew} to make anew, ${gone} to remove, ${started} to start.`;
}
