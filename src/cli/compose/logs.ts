import { LABELS } from "../../compose/plan/names.ts";
import { followContainers } from "../../engine/log/follow.ts";
import { mergeByTime } from "../../engine/log/merge.ts";
import { readLog } from "../../engine/log/read.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { tailOf } from "../logs/tail.ts";
import { momentOf } from "../moment-option.ts";
import { type ProjectContainer, serviceContainers } from "./containers.ts";
import { logLines } from "./log-lines.ts";
import { openSession, type Session } from "./session.ts";

const LOGS_OPTIONS = {
  cluster: { kind: "flag", help: "Of the tasks of the project's stack on the cluster" },
  follow: { kind: "flag", short: "f", help: "Go on with what comes, also of containers that are started later" },
  index: { kind: "integer", value: "N", help: "Number of the container, where there are several" },
  "no-color": { kind: "flag", help: "Without colours" },
  "no-log-prefix": { kind: "flag", help: "Do not put the container's name in front of lines" },
  since: { kind: "string", value: "TIME", help: "Only what is later than a time, or than a while ago (10m)" },
  tail: { kind: "string", short: "n", value: "N", help: "Only the last N lines of each container (default all)" },
  timestamps: { kind: "flag", short: "t", help: "Put the time in front of lines" },
  until: { kind: "string", value: "TIME", help: "Only what is earlier than a time, or than a while ago" },
} as const;

export const command: Command = defineCommand({
  name: "compose logs",
  summary: "Show what the containers of services printed",
  usage: "[OPTIONS] [SERVICE...]",
  options: LOGS_OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba compose logs -f", "of all services, and what comes"],
    ["estiba compose logs --tail 20 web db", "the last lines of two of them"],
  ],
  async run(values, services, cli) {
    const session = openSession(cli);
    const { loaded, naming } = await session.loadIfThere();
    const quiet = new Set(
      Object.entries(loaded?.project.services ?? {}).flatMap(([name, { attach }]) =>
        attach === false && !services.includes(name) ? [name] : [],
      ),
    );
    const all = serviceContainers(session, { project: naming.project, loaded }, services);
    const containers = all.filter(
      ({ service, number }) => !quiet.has(service) && (values.index === undefined || number === values.index),
    );
    await show(session, values, { project: naming.project, services, quiet, containers });
    return 0;
  },
});

type Shown = {
  readonly project: string;
  readonly services: readonly string[];
  readonly quiet: ReadonlySet<string>;
  readonly containers: readonly ProjectContainer[];
};

async function show(session: Session, values: Values<typeof LOGS_OPTIONS>, shown: Shown): Promise<void> {
  const { cli } = session;
  const engine = cli.engine();
  const lines = logLines(cli.out, {
    naming: session.namingOf(shown.project),
    color: session.color && !values["no-color"],
    prefix: !values["no-log-prefix"],
    timestamps: values.timestamps,
    since: momentOf("--since", values.since),
    until: momentOf("--until", values.until),
  });
  const tail = tailOf(values.tail);
  for (const { record } of shown.containers) lines.know(record.name);
  if (!values.follow) {
    const records = shown.containers.map(({ record }) => record);
    const merged = mergeByTime(records.map((record) => readLog(engine, record, { follow: false, tail })));
    for await (const { source, entries } of merged) {
      const record = records[source];
      if (record !== undefined && !lines.print(record, entries)) return;
    }
    return;
  }
  using interrupt = catchInterrupt();
  const wants = wantedBy(values.index, shown);
  const followed = followContainers(
    engine,
    { label: `${LABELS.project}=${shown.project}`, wants, tail, follow: true },
    interrupt.signal,
  );
  for await (const event of followed) if (event.kind === "lines" && !lines.print(event.record, event.entries)) return;
}

function wantedBy(index: number | undefined, { services, quiet }: Shown) {
  return ({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean => {
    const service = labels["com.docker.compose.service"] ?? "";
    const number = labels["com.docker.compose.container-number"];
    if (number === undefined || quiet.has(service)) return false;
    return (services.length === 0 || services.includes(service)) && (index === undefined || number === String(index));
  };
}
