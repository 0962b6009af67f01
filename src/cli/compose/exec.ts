import { type Command, defineCommand } from "../command.ts";
import { pickContainer } from "./pick.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose exec",
  summary: "Run a command in a running container of a service",
  usage: "[OPTIONS] SERVICE COMMAND [ARG...]",
  description: "On a terminal the command has one, unless -T is given. The exit code is the command's own.",
  options: {
    detach: { kind: "flag", short: "d", help: "Do not wait for the command" },
    env: { kind: "list", short: "e", value: "KEY[=VALUE]", help: "Set a variable; without a value, the caller's own" },
    index: { kind: "integer", value: "N", help: "Number of the container, where there are several" },
    interactive: { kind: "flag", short: "i", on: true, help: "Forward stdin", hidden: true },
    "no-tty": { kind: "flag", short: "T", aliases: ["no-TTY"], help: "Give it no terminal" },
    privileged: { kind: "flag", help: "Give the command all capabilities" },
    tty: { kind: "flag", short: "t", on: true, help: "Give it a terminal, where there is one", hidden: true },
    user: { kind: "string", short: "u", value: "USER[:GROUP]", help: "User to run as" },
    workdir: { kind: "string", short: "w", value: "DIR", help: "Working folder in the container" },
  },
  args: [2, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  examples: [["estiba compose exec db psql -U postgres", "a client in the container of a service"]],
  async run(values, [service = "", ...words], cli) {
    const session = openSession(cli);
    const { record } = await pickContainer(session, { service, index: values.index, running: true });
    const tty = !values["no-tty"] && values.tty && process.stdin.isTTY && process.stdout.isTTY;
    return await runOther(cli, (await import("../exec.ts")).command, [
      ...given("--detach", values.detach),
      ...given("--env", values.env),
      ...given("--interactive", values.interactive && !values.detach),
      ...given("--privileged", values.privileged),
      ...given("--tty", tty),
      ...given("--user", values.user),
      ...given("--workdir", values.workdir),
      record.id,
      ...words,
    ]);
  },
});
