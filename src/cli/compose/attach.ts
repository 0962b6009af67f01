import { type Command, defineCommand } from "../command.ts";
import { pickContainer } from "./pick.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose attach",
  summary: "Join stdin and output to a running container of a service",
  usage: "[OPTIONS] SERVICE",
  options: {
    "detach-keys": { kind: "string", value: "KEYS", help: "Keys that leave it (default ctrl-p,ctrl-q)" },
    index: { kind: "integer", value: "N", help: "Number of the container, where there are several" },
    "no-stdin": { kind: "flag", help: "Only show its output" },
    "sig-proxy": { kind: "flag", on: true, help: "Pass signals on to its first process" },
  },
  args: [1, 1],
  examples: [["estiba compose attach --no-stdin web", "look on"]],
  async run(values, [service = ""], cli) {
    const { record } = await pickContainer(openSession(cli), { service, index: values.index, running: true });
    return await runOther(cli, (await import("../attach.ts")).command, [
      ...given("--detach-keys", values["detach-keys"]),
      ...given("--no-stdin", values["no-stdin"]),
      `--sig-proxy=${values["sig-proxy"]}`,
      record.id,
    ]);
  },
});
