import { upProject } from "../../compose/up.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { openSession } from "./session.ts";
import { UP_OPTIONS } from "./up-options.ts";
import { upOptions } from "./up-request.ts";

export const command: Command = defineCommand({
  name: "compose up",
  summary: "Create and start a project's containers",
  usage: "[OPTIONS] [SERVICE...]",
  options: UP_OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba compose up -d", "everything, in the background"],
    ["estiba compose up --build web", "one service and what it depends on, with its image built anew"],
    ["estiba compose up -d --scale worker=3", "three workers"],
  ],
  async run(values, services, cli) {
    refuseTogether(values);
    const session = openSession(cli);
    const loaded = await session.load({ services, dependencies: !values["no-deps"] });
    const options = await upOptions(session, loaded, values, {
      targets: services,
      start: !values["no-start"],
      alwaysRecreateDependencies: values["always-recreate-deps"],
      renewVolumes: values["renew-anon-volumes"],
      timeoutSeconds: values.timeout,
      quietBuild: values["quiet-build"],
    });
    using interrupt = catchInterrupt();
    await session.show("up", upProject(cli.engine(), loaded, options, interrupt.signal));
    return 0;
  },
});

const EXCLUDING = [
  ["detach", "attach-dependencies"],
  ["detach", "abort-on-container-exit"],
  ["detach", "abort-on-container-failure"],
  ["wait", "abort-on-container-exit"],
  ["wait", "abort-on-container-failure"],
  ["abort-on-container-exit", "abort-on-container-failure"],
  ["detach", "watch"],
  ["renew-anon-volumes", "no-recreate"],
] as const;

function refuseTogether(values: Readonly<Record<string, unknown>>): void {
  for (const [one, other] of EXCLUDING) {
    if (values[one] === true && values[other] === true)
      throw badOption(`--${one}`, "true", `possible together with --${other}`, "leave out one of the two");
  }
}
