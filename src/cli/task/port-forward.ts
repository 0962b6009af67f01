import type { Socket } from "node:net";
import { pour } from "../../lib/pour.ts";
import { forwardPorts } from "../forward/listen.ts";
import { defineRemote, type Remote, type RemoteVerb } from "../remote/verb.ts";

/** `port-forward` to a task elsewhere: each connection is one to its node. */
export const verb: RemoteVerb = defineRemote({
  options: { address: "string" },
  async run({ address }, [id = "", ...ports], remote) {
    return await forwardPorts(
      remote,
      { address, ports },
      async (client, port) => await reach(remote, client, `/containers/${id}/port/${port}`),
    );
  },
});

async function reach({ client: api }: Remote, client: Socket, path: string): Promise<void> {
  const { output, send, endInput, destroy } = await api.attach(path, { tty: true });
  client.on("close", destroy);
  const sending = async (): Promise<void> => {
    // Its end is none of the other direction.
    for await (const bytes of client.iterator({ destroyOnReturn: false })) await send(bytes as Buffer);
    endInput();
  };
  // Whose client has gone, or whose server, has nothing more to send: what else went wrong is told by the output.
  sending().catch(destroy);
  await pour(client, bytesOf(output));
}

async function* bytesOf(output: AsyncIterable<{ readonly bytes: Uint8Array }>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of output) yield bytes;
}
