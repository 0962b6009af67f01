import { type Command, defineCommand } from "../command.ts";
import { pickContainer } from "./pick.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose export",
  summary: "Write the file system of a service's container as a tar archive",
  usage: "[OPTIONS] SERVICE",
  options: {
    index: { kind: "integer", value: "N", help: "Number of the container, where there are several" },
    output: {
      kind: "string",
      short: "o",
      value: "FILE",
      help: "Write to this file instead of stdout",
      complete: "file",
    },
  },
  args: [1, 1],
  examples: [["estiba compose export -o web.tar web", "to a file"]],
  async run(values, [service = ""], cli) {
    const { record } = await pickContainer(openSession(cli), { service, index: values.index, running: false });
    return await runOther(cli, (await import("../export.ts")).command, [
      ...given("--output", values.output),
      record.id,
    ]);
  },
});
