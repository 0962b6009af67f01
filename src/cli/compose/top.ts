import { isUp } from "../../engine/status.ts";
import { topByHostPs } from "../../engine/top-host-ps.ts";
import { formatTable } from "../../views/table.ts";
import { type Command, defineCommand } from "../command.ts";
import { serviceContainers } from "./containers.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose top",
  summary: "Show the processes of services",
  usage: "[SERVICE...]",
  options: {},
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose top", "of all services"]],
  async run(_values, services, cli) {
    const session = openSession(cli);
    const { loaded, naming } = await session.loadIfThere();
    const containers = serviceContainers(session, { project: naming.project, loaded }, services).filter(isUp);
    const rows: string[][] = [];
    for (const { record, service, number } of containers) {
      const [heading = "", ...lines] = await topByHostPs(cli.engine(), record.id, ["-ef"]);
      const columns = heading.trim().split(/\s+/);
      if (rows.length === 0) rows.push(["SERVICE", "#", ...columns]);
      for (const line of lines) rows.push([service, String(number), ...cells(line, columns.length)]);
    }
    if (rows.length > 0) cli.out(formatTable(rows));
    return 0;
  },
});

// The last column is a command, with spaces of its own.
function cells(line: string, count: number): string[] {
  const words = line.trim().split(/\s+/);
  return [...words.slice(0, count - 1), words.slice(count - 1).join(" ")];
}
