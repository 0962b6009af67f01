import { cloneContainer } from "../engine/clone.ts";
import { startContainer } from "../engine/start.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { limitsOf, UPDATABLE_OPTIONS } from "./container/options/limits.ts";
import { provideImage } from "./provide-image.ts";

export const command: Command = defineCommand({
  name: "container clone",
  summary: "Create a container like another one",
  usage: "[OPTIONS] CONTAINER [NAME [IMAGE]]",
  description:
    "All options of the original are those of the clone, apart from limits that are given here. Its name is\nNAME-clone, or with a number where that is taken. Volumes with a name are shared; those without are new.",
  options: {
    ...UPDATABLE_OPTIONS,
    destroy: { kind: "flag", help: "Remove the original afterwards" },
    force: { kind: "flag", short: "f", help: "With --destroy, also when the original runs" },
    name: { kind: "string", value: "NAME", help: "Name of the clone" },
    pod: {
      kind: "string",
      value: "POD",
      help: "Make it a member of this pod (default: the original's)",
      complete: "pod",
    },
    run: { kind: "flag", help: "Start the clone" },
  },
  args: [1, 3],
  complete: "container",
  examples: [
    ["estiba container clone web", "create web-clone"],
    ["estiba container clone --destroy --force --run --memory 1g web web2", "begin anew with more memory"],
  ],
  async run(values, args, cli) {
    const [original = "", name, image] = args;
    if (values.force && !values.destroy) throw forceAlone();
    const limits = limitsOf(values);
    const engine = cli.engine();
    const clone = await cloneContainer(engine, original, {
      name: name ?? values.name,
      image: image === undefined ? undefined : await provideImage(cli, image, { policy: "missing", quiet: false }),
      limits,
      destroy: values.destroy,
      force: values.force,
      pod: values.pod,
    });
    if (values.run) {
      const { warnings } = await startContainer(engine, clone.id, false);
      for (const warning of warnings) cli.warn(warning);
    }
    cli.out(`${clone.id}\n`);
    return 0;
  },
});

function forceAlone(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.force_without_destroy",
    what: "cannot set --force without --destroy: invalid argument",
    fix: "add --destroy, or leave --force out",
  });
}
