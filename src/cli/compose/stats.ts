import { isUp } from "../../engine/status.ts";
import { type Command, defineCommand } from "../command.ts";
import { serviceContainers } from "./containers.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose stats",
  summary: "Show what the containers of services use",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    all: { kind: "flag", short: "a", help: "Those that do not run, too" },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}} {{.CPUPerc}}'" },
    "no-stream": { kind: "flag", help: "Read once, and end" },
    "no-trunc": { kind: "flag", help: "Show whole ids" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose stats --no-stream", "one reading"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const { loaded, naming } = await session.loadIfThere();
    const all = serviceContainers(session, { project: naming.project, loaded }, services);
    const ids = all.filter((container) => values.all || isUp(container)).map(({ record }) => record.id);
    if (ids.length === 0) return 0;
    return await runOther(cli, (await import("../stats.ts")).command, [
      ...given("--format", values.format),
      ...given("--no-stream", values["no-stream"]),
      ...given("--no-trunc", values["no-trunc"]),
      ...ids,
    ]);
  },
});
