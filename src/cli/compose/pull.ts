import { makeApplying } from "../../compose/apply/applying.ts";
import { observeProject } from "../../compose/apply/world.ts";
import type { Loaded } from "../../compose/load.ts";
import type { ObservedState } from "../../compose/plan/observed.ts";
import type { Step } from "../../compose/plan/step.ts";
import { doSteps } from "../../compose/verbs.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { imageBringer } from "./images.ts";
import { openSession, type Session } from "./session.ts";

const PULL_OPTIONS = {
  "ignore-buildable": { kind: "flag", help: "Leave out images that can be built" },
  "ignore-pull-failures": { kind: "flag", help: "Pull what can be pulled" },
  "include-deps": { kind: "flag", help: "What the named services depend on, too" },
  policy: { kind: "string", value: "POLICY", choices: ["missing", "always"], help: "missing: only what is not here" },
  quiet: { kind: "flag", short: "q", help: "Show no progress" },
} as const;

export const command: Command = defineCommand({
  name: "compose pull",
  summary: "Pull the images of services",
  usage: "[OPTIONS] [SERVICE...]",
  options: PULL_OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose pull", "newer images; `up -d` then makes the containers anew"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const loaded = await session.load({ services, dependencies: values["include-deps"] });
    const naming = session.namingOf(loaded.project.name);
    const observed = observeProject(cli.engine(), naming.project);
    const { steps, skipped } = planPull(loaded, observed, values);
    if (!values.quiet) for (const line of skipped) cli.err(`${line}\n`);
    const build = { arguments: [], noCache: false, pull: false, ssh: [], memory: undefined };
    const images = imageBringer({ cli, loaded, naming, build, quietBuild: true });
    using interrupt = catchInterrupt();
    const applying = makeApplying(cli.engine(), loaded, { naming, images });
    const { signal } = interrupt;
    const { dryRunSteps } = await import("./dry-run.ts");
    const doing = doSteps(applying, steps, { signal, limit: session.parallel(loaded) });
    await showPull(session, values.quiet, session.dryRun ? dryRunSteps(steps) : doing);
    tellWhatToBuild(session, loaded, values);
    return 0;
  },
});

async function showPull(session: Session, quiet: boolean, events: Parameters<Session["show"]>[1]): Promise<void> {
  if (!quiet) {
    await session.show("pull", events);
    return;
  }
  const { showSteps } = await import("./progress.ts");
  await showSteps(events, { ...session.showing("pull"), mode: "quiet" });
}

function planPull({ project }: Loaded, observed: ObservedState, values: Values<typeof PULL_OPTIONS>) {
  const steps = new Map<string, Step>();
  const skipped: string[] = [];
  for (const [service, { image, build, pull_policy: policy, provider }] of Object.entries(project.services)) {
    if (provider !== undefined) continue;
    if (image === undefined) {
      skipped.push(` ${service} Skipped No image to be pulled`);
      continue;
    }
    if (values["ignore-buildable"] && build !== undefined) {
      skipped.push(` Image ${image} Skipped Image can be built`);
      continue;
    }
    if (policy === "never" || policy === "build") {
      skipped.push(` Image ${image} Skipped`);
      continue;
    }
    const missingOnly = (values.policy ?? policy) === "missing" || policy === "if_not_present";
    if (missingOnly && observed.imageId(image) !== undefined && !isLatest(image)) {
      skipped.push(` Image ${image} Skipped Image is already present locally`);
      continue;
    }
    const otherwise = values["ignore-pull-failures"] || build !== undefined ? "ignore" : "fail";
    steps.set(image, { id: `image:${image}`, after: [], action: { kind: "pull", image, service, otherwise } });
  }
  return { steps: [...steps.values()], skipped };
}

/** What has no tag, or this one, changes under the same name. */
function isLatest(image: string): boolean {
  const tail = image.slice(image.lastIndexOf("/") + 1);
  return !tail.includes("@") && (!tail.includes(":") || tail.endsWith(":latest"));
}

function tellWhatToBuild({ cli }: Session, { project }: Loaded, values: Values<typeof PULL_OPTIONS>): void {
  const { imageId } = observeProject(cli.engine(), project.name);
  const missing = Object.entries(project.services).flatMap(([name, { image, build }]) =>
    image !== undefined && build !== undefined && imageId(image) === undefined ? [name] : [],
  );
  if (missing.length === 0 || values["ignore-buildable"]) return;
  cli.err(
    `Some service image(s) must be built from source by running:\n    estiba compose build ${missing.join(" ")}\n`,
  );
}
