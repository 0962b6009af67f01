import type { ContainerAnswer } from "../../client/answers.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseDetachKeys } from "../../runtime/detach-keys.ts";
import { holdSignals } from "../container/attach-io.ts";
import { forEachName, someAtOnce } from "../container/each.ts";
import { beginWait, joinStream, signaller } from "./join.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    all: "flag",
    attach: "flag",
    "detach-keys": "string",
    filter: "list",
    interactive: "flag",
    latest: "flag",
    "sig-proxy": "flag",
  },
  async run(values, args, remote) {
    const attach = values.attach || values.interactive;
    parseDetachKeys(values["detach-keys"]);
    const names = await selectContainers(remote, args, values, ({ State }) => State !== "running");
    if (!attach) {
      const start = someAtOnce(async (name) => {
        const wasRunning = await remote.client.act("POST", containerPath(name, "start"));
        return wasRunning ? undefined : name;
      });
      return await forEachName(remote, names, start);
    }
    const [name] = names;
    if (name === undefined || names.length > 1)
      throw new EstibaError("invalid", {
        reason: "cli.attach_many",
        what: "you cannot start and attach multiple containers at once",
      });
    return await startAttached(remote, name, values);
  },
});

type Values = {
  readonly interactive: boolean;
  readonly "detach-keys": string | undefined;
  readonly "sig-proxy": boolean;
};

async function startAttached(remote: Remote, name: string, values: Values): Promise<number> {
  using held = holdSignals();
  const { Id, Config, HostConfig, State } = await remote.client.json<ContainerAnswer>(
    "GET",
    containerPath(name, "json"),
  );
  const interactive = values.interactive && (Config.OpenStdin || Config.Tty);
  const stream = await remote.client.attach(containerPath(Id, "attach"), {
    query: { stream: true, stdin: interactive, stdout: true, stderr: true, detachKeys: values["detach-keys"] },
    tty: Config.Tty,
  });
  try {
    const condition = HostConfig.AutoRemove === true ? "removed" : State.Running ? "not-running" : "next-exit";
    const ended = await beginWait(remote, Id, condition);
    await remote.client.act("POST", containerPath(Id, "start"));
    const how = await joinStream(remote, {
      stream,
      tty: Config.Tty,
      interactive,
      sigProxy: values["sig-proxy"],
      detachKeys: values["detach-keys"],
      received: held.received,
      resizePath: containerPath(Id, "resize"),
      passSignal: signaller(remote, Id),
    });
    return how === "detached" ? 0 : await ended.code;
  } finally {
    stream.destroy();
  }
}
