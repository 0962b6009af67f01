const AT_ONCE = 64;
const WARM_UP_MS = 300;
const MEASURED_MS = 1500;
/** A question that is not answered within this is asked again: UDP loses some. */
const LOST_MS = 1000;

/** Asks a name server for a name, many questions at once, and gives how many it answers in a second. */
export async function floodNames(server: string, name: string): Promise<number> {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  const questions = Array.from({ length: AT_ONCE }, (_, id) =>
    Uint8Array.of(0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1),
  );
  const asked = questions.map(() => 0);
  const seen = { answers: 0 };
  const ask = (id: number): void => {
    asked[id] = performance.now();
    socket.send(questions[id] ?? "");
  };
  const socket = await Bun.udpSocket({
    connect: { hostname: server, port: 53 },
    socket: {
      data: (_, bytes) => {
        if (((bytes[6] ?? 0) << 8) + (bytes[7] ?? 0) > 0) seen.answers += 1;
        ask(bytes[1] ?? 0);
      },
    },
  });
  for (const id of questions.keys()) ask(id);
  const again = setInterval(() => {
    for (const [id, at] of asked.entries()) if (performance.now() - at > LOST_MS) ask(id);
  }, LOST_MS / 4);
  await Bun.sleep(WARM_UP_MS);
  const [before, started] = [seen.answers, performance.now()];
  await Bun.sleep(MEASURED_MS);
  const rate = ((seen.answers - before) * 1000) / (performance.now() - started);
  clearInterval(again);
  socket.close();
  return rate;
}

if (import.meta.main) {
  process.stdout.write(`${await floodNames(process.argv[2] ?? "", process.argv[3] ?? "")}\n`);
  process.exit(0);
}
