import type { ContainerAnswer } from "../../client/answers.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseDetachKeys } from "../../runtime/detach-keys.ts";
import { beginWait, joinStream, signaller } from "./join.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { "detach-keys": "string", latest: "flag", "no-stdin": "flag", "sig-proxy": "flag" },
  async run(values, args, remote) {
    parseDetachKeys(values["detach-keys"]);
    const [name = ""] = await selectContainers(remote, args, values);
    const { Id, Config, HostConfig, State } = await remote.client.json<ContainerAnswer>(
      "GET",
      containerPath(name, "json"),
    );
    if (!State.Running) throw notRunning(name);
    const interactive = !values["no-stdin"] && (Config.OpenStdin || Config.Tty);
    const ended = await beginWait(remote, Id, HostConfig.AutoRemove === true ? "removed" : "not-running");
    const stream = await remote.client.attach(containerPath(Id, "attach"), {
      query: { stream: true, stdin: interactive, stdout: true, stderr: true, detachKeys: values["detach-keys"] },
      tty: Config.Tty,
    });
    const how = await joinStream(remote, {
      stream,
      tty: Config.Tty,
      interactive,
      sigProxy: values["sig-proxy"],
      detachKeys: values["detach-keys"],
      resizePath: containerPath(Id, "resize"),
      passSignal: signaller(remote, Id),
    });
    return how === "detached" ? 0 : await ended.code;
  },
});

function notRunning(name: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.not_running",
    what: `you can only attach to running containers, and "${name}" is none`,
    fix: `start it: estiba start --attach ${name}`,
  });
}
