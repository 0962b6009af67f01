const PAUSE_MS = 2;
const PATIENCE_MS = 30_000;

/** Asks a name server for a name until it is known, and prints the time. A line comes when it has begun. */
export async function askName(server: string, name: string): Promise<number> {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  const question = Uint8Array.of(0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1);
  const answered: { at?: number } = {};
  const socket = await Bun.udpSocket({
    socket: {
      // Nobody answers yet: asked again.
      error: () => undefined,
      data: (_, bytes) => {
        const answers = ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0);
        if (answers > 0) answered.at = performance.timeOrigin + performance.now();
      },
    },
  });
  process.stdout.write("asking\n");
  const deadline = performance.now() + PATIENCE_MS;
  while (answered.at === undefined && performance.now() < deadline) {
    socket.send(question, 53, server);
    await Bun.sleep(PAUSE_MS);
  }
  process.stdout.write(`${answered.at ?? Number.NaN}\n`);
  return answered.at === undefined ? 1 : 0;
}

if (import.meta.main) process.exit(await askName(process.argv[2] ?? "", process.argv[3] ?? ""));
