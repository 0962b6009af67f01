import type { ContainerAnswer } from "../../client/answers.ts";
import type { ApiClient } from "../../client/api-client.ts";
import type { OutputPiece } from "../../client/frames.ts";
import { writeAll } from "../context.ts";
import { type NamedLog, printLogs } from "../logs/print-logs.ts";
import { momentOf } from "../moment-option.ts";
import { logEntries } from "./log-entries.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    color: "flag",
    details: "flag",
    follow: "flag",
    latest: "flag",
    names: "flag",
    since: "string",
    tail: "string",
    timestamps: "flag",
    until: "string",
  },
  async run(values, args, remote) {
    const names = await selectContainers(remote, args, values);
    const [name = "", ...more] = names;
    if (more.length === 0 && !values.color) {
      const { output } = await openLog(remote.client, name, values);
      for await (const { stream, bytes } of output) if (!writeAll(stream === "stdout" ? 1 : 2, bytes)) break;
      return 0;
    }
    const logs = await Promise.all(names.map(async (each) => await logElsewhere(remote.client, each, values)));
    await printLogs(logs, {
      follow: values.follow,
      labelled: more.length > 0,
      names: values.names,
      color: values.color,
      timestamps: values.timestamps,
    });
    return 0;
  },
});

type Wish = {
  readonly details: boolean;
  readonly follow: boolean;
  readonly since?: string | undefined;
  readonly tail?: string | undefined;
  readonly timestamps: boolean;
  readonly until?: string | undefined;
};

type Opened = { readonly id: string; readonly name: string; readonly output: AsyncGenerator<OutputPiece, void> };

async function openLog(client: ApiClient, name: string, wish: Wish): Promise<Opened> {
  const { Id, Name, Config } = await client.json<ContainerAnswer>("GET", containerPath(name, "json"));
  const query = {
    stdout: true,
    stderr: true,
    follow: wish.follow,
    timestamps: wish.timestamps,
    details: wish.details,
    tail: wish.tail === undefined || wish.tail === "-1" ? "all" : wish.tail,
    since: seconds(momentOf("--since", wish.since)),
    until: seconds(momentOf("--until", wish.until)),
  };
  const output = client.output(containerPath(Id, "logs"), { query, tty: Config.Tty });
  return { id: Id, name: Name.replace(/^\//, ""), output };
}

/** The log of a container at another engine, to be shown beside others. */
export async function logElsewhere(client: ApiClient, name: string, wish: Wish): Promise<NamedLog> {
  // By their times they are put in order.
  const { id, name: called, output } = await openLog(client, name, { ...wish, timestamps: true });
  return { id, name: called, details: "", entries: logEntries(output) };
}

function seconds(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : (ms / 1000).toFixed(9);
}
