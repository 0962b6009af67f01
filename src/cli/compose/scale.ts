import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { openSession } from "./session.ts";
import { upOptions } from "./up-request.ts";

const UNASKED = {
  build: false,
  "force-recreate": false,
  "no-build": false,
  "no-recreate": false,
  pull: undefined,
  "quiet-pull": false,
  "remove-orphans": false,
  yes: false,
} as const;

export const command: Command = defineCommand({
  name: "compose scale",
  summary: "Set how many containers services have",
  usage: "[OPTIONS] SERVICE=N...",
  options: { "no-deps": { kind: "flag", help: "Leave out what the services depend on" } },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba compose scale worker=3", "three workers"]],
  async run(values, counts, cli) {
    const session = openSession(cli);
    const services = counts.map((text) => {
      const [, service = ""] = /^(.+)=\d+$/.exec(text) ?? [];
      if (service === "") throw badOption("scale", text, "SERVICE=N", "for example: estiba compose scale web=3");
      return service;
    });
    const loaded = await session.load({ services, dependencies: !values["no-deps"] });
    const asked = { ...UNASKED, scale: counts };
    const options = await upOptions(session, loaded, asked, { targets: services, start: true });
    using interrupt = catchInterrupt();
    await session.make("scale", { loaded, options, signal: interrupt.signal });
    return 0;
  },
});
