import type { ContainerAnswer } from "../../client/answers.ts";
import { EstibaError } from "../../lib/error.ts";
import { writeAll } from "../context.ts";
import { momentOf } from "../moment-option.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    details: "flag",
    follow: "flag",
    latest: "flag",
    since: "string",
    tail: "string",
    timestamps: "flag",
    until: "string",
  },
  async run(values, args, remote) {
    const [name = "", ...more] = await selectContainers(remote, args, values);
    if (more.length > 0) throw oneAtATime();
    const { Config } = await remote.client.json<ContainerAnswer>("GET", containerPath(name, "json"));
    const query = {
      stdout: true,
      stderr: true,
      follow: values.follow,
      timestamps: values.timestamps,
      details: values.details,
      tail: values.tail === undefined || values.tail === "-1" ? "all" : values.tail,
      since: seconds(momentOf("--since", values.since)),
      until: seconds(momentOf("--until", values.until)),
    };
    const pieces = remote.client.output(containerPath(name, "logs"), { query, tty: Config.Tty });
    for await (const { stream, bytes } of pieces) if (!writeAll(stream === "stdout" ? 1 : 2, bytes)) break;
    return 0;
  },
});

function seconds(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : (ms / 1000).toFixed(9);
}

function oneAtATime(): EstibaError {
  return new EstibaError("unsupported", {
    reason: "cli.one_log_elsewhere",
    what: "the logs of several containers cannot be shown at once when the engine is elsewhere",
    fix: "name one container",
  });
}
