import { type Command, defineCommand } from "../command.ts";
import { pickContainer } from "./pick.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose commit",
  summary: "Make an image of what a service's container has changed",
  usage: "[OPTIONS] SERVICE [NAME[:TAG]]",
  options: {
    author: { kind: "string", short: "a", value: "TEXT", help: "Author of the image" },
    change: {
      kind: "list",
      short: "c",
      value: "INSTRUCTION",
      help: "Apply an instruction of a Containerfile to the image",
    },
    index: { kind: "integer", value: "N", help: "Number of the container, where there are several" },
    message: { kind: "string", short: "m", value: "TEXT", help: "Comment in the image's history" },
    pause: { kind: "flag", short: "p", on: true, help: "Freeze a running container meanwhile" },
  },
  args: [1, 2],
  examples: [["estiba compose commit web web:patched", "stored as localhost/web:patched"]],
  async run(values, [service = "", name], cli) {
    const session = openSession(cli);
    const { record, status } = await pickContainer(session, { service, index: values.index, running: false });
    return await runOther(cli, (await import("../commit.ts")).command, [
      ...given("--author", values.author),
      ...given("--change", values.change),
      ...given("--message", values.message),
      ...given("--pause", values.pause && status === "running"),
      record.id,
      ...(name === undefined ? [] : [name]),
    ]);
  },
});
