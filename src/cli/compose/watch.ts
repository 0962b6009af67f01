import { type Command, defineCommand } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { openSession } from "./session.ts";
import { upOptions } from "./up-request.ts";

const UNASKED = {
  "force-recreate": false,
  "no-build": false,
  "no-recreate": false,
  pull: undefined,
  "quiet-pull": false,
  "remove-orphans": false,
  scale: [],
  yes: false,
} as const;

export const command: Command = defineCommand({
  name: "compose watch",
  summary: "Watch source files, and renew services when they change",
  usage: "[OPTIONS] [SERVICE...]",
  description:
    "By the rules under `develop.watch`: files are copied into the running containers, or the image is built anew and the\ncontainer made from it. Editors' own files, .git and what .dockerignore names do not count.",
  options: {
    "no-up": { kind: "flag", help: "Do not bring the services up first" },
    prune: { kind: "flag", on: true, help: "Remove images that a rebuild has replaced (default true)" },
    quiet: { kind: "flag", help: "Say nothing of builds and changes" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose watch web", "one service, and what it depends on"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const loaded = await session.load({ services });
    const extra = { targets: services, start: true, quietBuild: values.quiet };
    const options = await upOptions(session, loaded, { ...UNASKED, build: !values["no-up"] }, extra);
    using interrupt = catchInterrupt();
    const { signal } = interrupt;
    if (!values["no-up"]) await session.make("up", { loaded, options, signal });
    if (session.dryRun) return 0;
    const { watchProject } = await import("./watch-project.ts");
    await watchProject({ session, loaded, options, quiet: values.quiet, prune: values.prune, signal });
    return 130;
  },
});
