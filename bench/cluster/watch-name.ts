// Inside of a container's network: `watch-name.ts SERVER NAME` prints each change of the addresses that a name leads to, with its time.
const PAUSE_MS = 5;

/** Which addresses there were, and when that was seen. */
export type Change = { readonly at: number; readonly addresses: readonly string[] };

async function watchName(server: string, name: string): Promise<never> {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  const question = Uint8Array.of(0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1);
  const seen = { text: "" };
  const socket = await Bun.udpSocket({
    socket: {
      // Nobody answers yet: asked again.
      error: () => undefined,
      data: (_, bytes) => {
        const addresses = addressesOf(bytes, question.length);
        if (addresses.join(" ") === seen.text) return;
        seen.text = addresses.join(" ");
        const change: Change = { at: performance.timeOrigin + performance.now(), addresses };
        process.stdout.write(`${JSON.stringify(change)}\n`);
      },
    },
  });
  for (;;) {
    socket.send(question, 53, server);
    await Bun.sleep(PAUSE_MS);
  }
}

/** The addresses of an answer, which begin after the question. */
function addressesOf(bytes: Uint8Array, begin: number): string[] {
  const found: string[] = [];
  for (let at = begin, left = wordAt(bytes, 6); left > 0; left -= 1) {
    // A pointer to a name takes two bytes; a name that is spelled out ends with a zero.
    at += (bytes[at] ?? 0) >= 0xc0 ? 2 : bytes.indexOf(0, at) - at + 1;
    const length = wordAt(bytes, at + 8);
    if (length === 4) found.push(bytes.slice(at + 10, at + 14).join("."));
    at += 10 + length;
  }
  return found.toSorted();
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

if (import.meta.main) await watchName(process.argv[2] ?? "", process.argv[3] ?? "");
