import type { Loaded } from "../../compose/load.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import type { Attaching } from "./attached.ts";
import { noSuchService } from "./containers.ts";
import { openSession, type Session } from "./session.ts";
import { UP_OPTIONS } from "./up-options.ts";
import { upOptions } from "./up-request.ts";
import { waitUntilReady } from "./wait-ready.ts";

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
    if (!values.detach && !values.wait && !values["no-start"] && !session.dryRun)
      return await (await import("./attached.ts")).upAttached(
        session,
        loaded,
        options,
        attachingOf(values, { session, loaded, services }),
      );
    using interrupt = catchInterrupt();
    await session.make("up", { loaded, options, signal: interrupt.signal });
    if (values.wait && !session.dryRun) await waitUntilReady(session, loaded, values["wait-timeout"]);
    return 0;
  },
});

type Asked = { readonly session: Session; readonly loaded: Loaded; readonly services: readonly string[] };

/** Which services are shown, and what ends the command. Throws `not_found` for what is no service. */
function attachingOf(values: Values<typeof UP_OPTIONS>, { session, loaded, services }: Asked): Attaching {
  const { attach, "no-attach": without, "exit-code-from": from } = values;
  for (const name of [...attach, ...without, ...(from === undefined ? [] : [from])])
    if (!Object.hasOwn(loaded.project.services, name)) throw noSuchService(name, loaded.declaredServices);
  const named =
    attach.length > 0
      ? attach
      : services.length > 0 && !values["attach-dependencies"]
        ? services
        : Object.keys(loaded.project.services);
  const shown = named.filter(
    (name) => !without.includes(name) && (attach.includes(name) || loaded.project.services[name]?.attach !== false),
  );
  return {
    shown: new Set(shown),
    awaited: new Set(services.length === 0 ? shown : shown.filter((name) => services.includes(name))),
    stopped: services.length === 0 ? undefined : services,
    abort: values["abort-on-container-failure"]
      ? "failure"
      : values["abort-on-container-exit"] || from !== undefined
        ? "exit"
        : "never",
    exitCodeFrom: from,
    prefix: !values["no-log-prefix"],
    timestamps: values.timestamps,
    color: session.color && !values["no-color"],
    timeoutSeconds: values.timeout,
    watch: values.watch,
    keys: values.menu && !isOff(loaded.environment["COMPOSE_MENU"]) && process.stdin.isTTY && process.stdout.isTTY,
  };
}

function isOff(value: string | undefined): boolean {
  return ["0", "false"].includes((value ?? "").toLowerCase());
}

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
