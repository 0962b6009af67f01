import { EstibaError } from "../../lib/error.ts";
import { parseDetachKeys } from "../../runtime/detach-keys.ts";
import { environmentOf } from "../container/environment.ts";
import { joinStream } from "./join.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    cidfile: "string",
    detach: "flag",
    "detach-keys": "string",
    env: "list",
    "env-file": "list",
    interactive: "flag",
    latest: "flag",
    privileged: "flag",
    tty: "flag",
    user: "string",
    workdir: "string",
  },
  async run(values, args, remote) {
    const { client } = remote;
    const elsewhere = values.latest || values.cidfile !== undefined;
    const files = values.cidfile === undefined ? [] : [values.cidfile];
    const named = elsewhere ? [] : args.slice(0, 1);
    const [name = ""] = await selectContainers(remote, named, { latest: values.latest, cidfile: files });
    const words = elsewhere ? args : args.slice(1);
    if (words.length === 0) throw noCommand();
    parseDetachKeys(values["detach-keys"]);
    const attached = !values.detach;
    const { Id } = await client.json<{ Id: string }>("POST", containerPath(name, "exec"), {
      json: {
        Cmd: words,
        Env: environmentOf(values.env, values["env-file"]),
        User: values.user,
        WorkingDir: values.workdir,
        Privileged: values.privileged,
        Tty: values.tty,
        DetachKeys: values["detach-keys"],
        AttachStdin: attached && values.interactive,
        AttachStdout: attached,
        AttachStderr: attached,
      },
    });
    const json = { Detach: values.detach, Tty: values.tty };
    if (values.detach) {
      await client.act("POST", `/exec/${Id}/start`, { json });
      remote.out(`${Id}\n`);
      return 0;
    }
    const stream = await client.attach(`/exec/${Id}/start`, { json, tty: values.tty });
    const how = await joinStream(remote, {
      stream,
      tty: values.tty,
      interactive: values.interactive,
      // What becomes of the command when this one is ended is the engine's to decide, as with Docker.
      sigProxy: false,
      detachKeys: values["detach-keys"],
      resizePath: `/exec/${Id}/resize`,
      passSignal: () => undefined,
    });
    if (how === "detached") return 0;
    const { ExitCode } = await client.json<{ ExitCode: number | null }>("GET", `/exec/${Id}/json`);
    return ExitCode ?? 0;
  },
});

function noCommand(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.no_command",
    what: "must provide a command to run in the container",
    fix: "for example: estiba exec CONTAINER ls",
  });
}
