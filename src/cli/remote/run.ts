import { inPath } from "../../client/transfers.ts";
import { isEstibaError } from "../../lib/error.ts";
import { parseDetachKeys } from "../../runtime/detach-keys.ts";
import { holdSignals } from "../container/attach-io.ts";
import { reserveIdFile } from "../container/id-file.ts";
import { attachedStreams } from "../container/options/attach.ts";
import { beginWait, joinStream, signaller } from "./join.ts";
import { CREATE_SHAPE, type CreateValues, type Made, makeContainer } from "./make-container.ts";
import { containerPath } from "./select.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

const RUN_SHAPE = {
  ...CREATE_SHAPE,
  attach: "list",
  detach: "flag",
  "detach-keys": "string",
  rmi: "flag",
  "sig-proxy": "flag",
} as const;

type RunValues = CreateValues & {
  readonly attach: string[];
  readonly detach: boolean;
  readonly "detach-keys": string | undefined;
  readonly rmi: boolean;
  readonly "sig-proxy": boolean;
};

export const verb: RemoteVerb = defineRemote({
  options: RUN_SHAPE,
  async run(given, args, remote) {
    const values = given as unknown as RunValues;
    const streams = attachedStreams(values);
    parseDetachKeys(values["detach-keys"]);
    using idFile = reserveIdFile(values.cidfile);
    const made = await makeContainer(remote, values, args, (spec) => ({
      ...spec,
      interactive: spec.interactive || (values.attach.length > 0 && streams.stdin),
      autoRemove: spec.autoRemove || values.rmi,
    }));
    idFile?.write(made.id);
    if (values.detach) {
      await start(remote, made);
      remote.out(`${made.id}\n`);
      return 0;
    }
    const code = await inForeground(remote, made, values, streams);
    if (code !== undefined && values.rmi) await removeItsImage(remote, made);
    return code ?? 0;
  },
});

type Streams = ReturnType<typeof attachedStreams>;

/** Its exit code; undefined when the user has detached. Attached and waited for before it starts: nothing is missed. */
async function inForeground(
  remote: Remote,
  made: Made,
  values: RunValues,
  streams: Streams,
): Promise<number | undefined> {
  const { id, spec } = made;
  using held = holdSignals();
  const interactive = spec.interactive && streams.stdin;
  const stream = await remote.client.attach(containerPath(id, "attach"), {
    query: {
      stream: true,
      stdin: interactive,
      stdout: streams.stdout,
      stderr: streams.stderr,
      detachKeys: values["detach-keys"],
    },
    tty: spec.tty,
  });
  try {
    const ended = await beginWait(remote, id, spec.autoRemove ? "removed" : "next-exit");
    await start(remote, made);
    const how = await joinStream(remote, {
      stream,
      tty: spec.tty,
      interactive,
      sigProxy: values["sig-proxy"],
      detachKeys: values["detach-keys"],
      received: held.received,
      shown: streams,
      resizePath: containerPath(id, "resize"),
      passSignal: signaller(remote, id),
    });
    return how === "detached" ? undefined : await ended.code;
  } finally {
    stream.destroy();
  }
}

async function start({ client }: Remote, { id, spec }: Made): Promise<void> {
  try {
    await client.act("POST", containerPath(id, "start"));
  } catch (error) {
    // As here: one that cannot be started, and would have removed itself, is gone.
    if (spec.autoRemove) await removeQuietly(client, id);
    throw error;
  }
}

async function removeQuietly(client: Remote["client"], id: string): Promise<void> {
  try {
    await client.act("DELETE", `/containers/${id}`, { query: { force: true, v: true } });
  } catch (error) {
    if (!isEstibaError(error, "not_found", "conflict", "wrong_state")) throw error;
  }
}

async function removeItsImage({ client, warn }: Remote, { spec }: Made): Promise<void> {
  try {
    await client.act("DELETE", `/images/${inPath(spec.image)}`);
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    warn(error.message);
  }
}
