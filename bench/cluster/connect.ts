// Inside of a machine: `connect.ts serve PORT`, or `connect.ts connect PORT HOST TIMES`, which prints the median of the microseconds.
import { createServer, connect as open } from "node:net";
import { median } from "../stats.ts";

async function connectOnce(host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const started = Bun.nanoseconds();
  const socket = open({ host, port }, resolve);
  socket.on("error", reject);
  await promise;
  const microseconds = (Bun.nanoseconds() - started) / 1e3;
  socket.destroy();
  return microseconds;
}

function serve(port: number): void {
  const server = createServer((socket) => void socket.on("error", () => socket.destroy()).end());
  server.listen(port, "0.0.0.0", () => process.stdout.write("listening\n"));
}

if (import.meta.main) {
  const [what, port, host = "", times] = process.argv.slice(2);
  if (what === "serve") serve(Number(port));
  else {
    const took: number[] = [];
    for (let time = 0; time < Number(times); time += 1) took.push(await connectOnce(host, Number(port)));
    process.stdout.write(String(median(took)));
  }
}
