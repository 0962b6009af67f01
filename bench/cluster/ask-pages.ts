// On a machine outside: `ask-pages.ts RATE URL...` asks for pages at that rate, each on a connection of its own, until its input ends; then
// it prints how many were asked for, in how many seconds, and what failed.
const PATIENCE_MS = 5_000;
const TICK_MS = 10;

/** What was asked, and what failed. */
export type Asked = { readonly asked: number; readonly seconds: number; readonly failures: readonly string[] };

async function askPages(rate: number, urls: readonly string[]): Promise<Asked> {
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  const over = { is: false };
  void untilInputEnds().then(() => (over.is = true));
  const started = performance.now();
  let asked = 0;
  while (!over.is) {
    const due = Math.floor(((performance.now() - started) / 1000) * rate);
    for (; asked < due; asked += 1) {
      const asking = askOnce(urls[asked % urls.length] ?? "", failures);
      open.add(asking);
      void asking.finally(() => open.delete(asking));
    }
    await Bun.sleep(TICK_MS);
  }
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(open);
  return { asked, seconds, failures };
}

async function askOnce(url: string, failures: string[]): Promise<void> {
  try {
    const headers = { Connection: "close" };
    const answer = await fetch(url, { headers, keepalive: false, signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await answer.text();
    if (!answer.ok || text !== "ok\n") failures.push(`${answer.status} ${text.slice(0, 50)}`);
  } catch (error) {
    failures.push(String(error));
  }
}

async function untilInputEnds(): Promise<void> {
  for await (const _ of Bun.stdin.stream()) continue;
}

if (import.meta.main) {
  const [rate, ...urls] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await askPages(Number(rate), urls)));
  process.exit(0);
}
