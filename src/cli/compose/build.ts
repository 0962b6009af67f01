import { makeApplying } from "../../compose/apply/applying.ts";
import { observeProject } from "../../compose/apply/world.ts";
import { planImages } from "../../compose/plan/plan-images.ts";
import { doSteps } from "../../compose/verbs.ts";
import { type Command, defineCommand } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { imageBringer } from "./images.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose build",
  summary: "Build the images of services",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    "build-arg": { kind: "list", value: "NAME=VALUE", help: "Value of an ARG, over what the files say" },
    builder: { kind: "refused", help: "there is one builder, and it is this program" },
    check: { kind: "refused", help: "a Containerfile is checked when it is built" },
    memory: { kind: "string", short: "m", value: "SIZE", help: "Memory limit of RUN" },
    "no-cache": { kind: "flag", help: "Run every step anew" },
    print: { kind: "refused", help: "builds are not described by a bake file" },
    provenance: { kind: "refused", help: "images carry no attestations" },
    pull: { kind: "flag", help: "Ask the registry for newer base images" },
    push: { kind: "flag", help: "Push the images afterwards" },
    quiet: { kind: "flag", short: "q", help: "Show no output of builds" },
    sbom: { kind: "refused", help: "images carry no attestations" },
    ssh: { kind: "list", value: "default|ID[=SOCKET]", help: "An agent that steps may use" },
    "with-dependencies": { kind: "flag", help: "What the services depend on, too" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose build --no-cache web", "one image, every step anew"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const loaded = await session.load({ services });
    const naming = session.namingOf(loaded.project.name);
    const engine = cli.engine();
    const observed = observeProject(engine, naming.project);
    const request = { naming, pull: "never", build: "always", now: 0, arrivedAt: () => undefined } as const;
    const all = planImages(loaded.project, observed, request).filter(({ action }) => action.kind === "build");
    // Those that the named ones take files from are built with them; what they only wait for is not.
    const wanted =
      values["with-dependencies"] || services.length === 0 ? all : withBases(all, services, loaded.project);
    const build = {
      arguments: values["build-arg"],
      noCache: values["no-cache"],
      pull: values.pull,
      ssh: values.ssh,
      memory: values.memory,
    };
    const images = imageBringer({ cli, loaded, naming, build, quietBuild: values.quiet });
    using interrupt = catchInterrupt();
    const { dryRunSteps } = await import("./dry-run.ts");
    const { linked } = await import("../../compose/plan/linked.ts");
    const steps = linked(wanted);
    const doing = doSteps(makeApplying(engine, loaded, { naming, images }), steps, {
      signal: interrupt.signal,
      limit: session.parallel(loaded),
    });
    await session.show("build", session.dryRun ? dryRunSteps(steps) : doing);
    if (!values.push || session.dryRun) return 0;
    const { command: push } = await import("../push.ts");
    for (const { action } of steps)
      if (action.kind === "build") await runOther(cli, push, [...given("--quiet", values.quiet), action.image]);
    return 0;
  },
});

type Steps = ReturnType<typeof planImages>;

function withBases(
  all: Steps,
  services: readonly string[],
  {
    services: known,
  }: { services: Readonly<Record<string, { build?: { additional_contexts?: Readonly<Record<string, string>> } }>> },
): Steps {
  const names = new Set(services);
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    for (const name of names) {
      for (const context of Object.values(known[name]?.build?.additional_contexts ?? {}))
        if (context.startsWith("service:")) names.add(context.slice("service:".length));
    }
  }
  return all.filter(({ action }) => action.kind === "build" && names.has(action.service));
}
