import { LABELS } from "../../compose/plan/names.ts";
import { type Command, defineCommand } from "../command.ts";
import { noSuchService } from "./containers.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose volumes",
  summary: "List a project's volumes",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
    quiet: { kind: "flag", short: "q", help: "Show names only" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose volumes -q", "their names"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const { loaded, naming } = await session.loadIfThere();
    const unknown = services.find((service) => loaded?.declaredServices.includes(service) !== true);
    if (unknown !== undefined) throw noSuchService(unknown, loaded?.declaredServices ?? []);
    const names = services.flatMap((service) =>
      (loaded?.project.services[service]?.volumes ?? []).flatMap(({ type, source = "" }) =>
        type === "volume" ? (loaded?.project.volumes[source]?.name ?? []) : [],
      ),
    );
    const only = services.length === 0 ? [] : [...new Set(names)].flatMap((name) => ["--filter", `name=^${name}$`]);
    if (services.length > 0 && only.length === 0) return 0;
    return await runOther(cli, (await import("../volume/ls.ts")).command, [
      "--filter",
      `label=${LABELS.project}=${naming.project}`,
      ...only,
      ...given("--format", values.format),
      ...given("--quiet", values.quiet),
    ]);
  },
});
