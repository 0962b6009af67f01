import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killNode, runningNames } from "../fixtures/cluster/two-machines.ts";
import { useWebService } from "../fixtures/cluster/web-service.ts";

const web = useWebService();

test("a state whose file is cut off or overwritten is refused as what it is; tasks run on; with the file it goes on", async () => {
  await web.create(["--replicas", "2"], "sleep", "1000");
  const before = await runningNames(web.engine);
  const path = join(web.engine.root, "cluster/state.db");
  await killNode(web.engine);
  const whole = ["", "-wal"].map((end) => [`${path}${end}`, readFileSync(`${path}${end}`)] as const);
  const [, database = Buffer.alloc(0)] = whole[0] ?? [];
  for (const [spoilt, told] of [
    [Buffer.from(database).fill(0x5a, 0, 64), "state.db is not a sound database"],
    [database.subarray(0, 1_000), "the state of this cluster is not where it is kept"],
  ] as const) {
    writeFileSync(path, spoilt);
    writeFileSync(`${path}-wal`, "");
    const { code, stderr } = await web.engine.run(["service", "ls"]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(told)]);
    expect(await runningNames(web.engine)).toEqual(before);
    if (told.startsWith("the state")) await killNode(web.engine);
  }
  for (const [file, bytes] of whole) writeFileSync(file, bytes);
  await web.engine.ok(["service", "scale", "web=3"]);
});
