import { expect, test } from "bun:test";
import { answerAt } from "../fixtures/answer-at.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

test("ports of this machine lead to the loopback of a container without any network, until the command is ended", async () => {
  const serve = "nc -ll -p 80 -e cat";
  await engine.detached(["--name", "quiet", "--network", "none"], "sh", "-c", `${serve} & exec nc -ll -p 81 -e cat`);
  const client = Bun.spawn(engine.argv(["port-forward", "quiet", ":80", ":81", ":82"]), {
    stdout: "pipe",
    stderr: "pipe",
  });
  const seen = { text: "" };
  const ports = async (): Promise<number[]> => {
    for await (const piece of client.stdout) {
      seen.text += Buffer.from(piece).toString();
      if (seen.text.split("\n").length === 4) break;
    }
    return [...seen.text.matchAll(/^Forwarding from 127\.0\.0\.1:(\d+) -> 8\d$/gm)].map(([, port]) => Number(port));
  };
  const [first = 0, second = 0, third = 0] = await ports();
  const sent = "x".repeat(3 << 20);
  expect(
    await eventually(
      async () => await answerAt(first, "hello"),
      (said) => said === "hello",
      10_000,
    ),
  ).toBe("hello");
  expect((await answerAt(second, sent)) === sent).toBe(true);
  // Nobody listens there: that connection ends, and the others go on.
  expect(await answerAt(third, "")).toBe("");
  expect(await answerAt(first, "again")).toBe("again");
  const taken = await engine.run(["port-forward", "quiet", `${first}:80`]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining(`cannot listen at 127.0.0.1:${first}`)]);
  client.kill("SIGINT");
  await client.exited;
  expect(await new Response(client.stderr).text()).toContain('nothing listens at port 82 in container "quiet"');
});

test("what cannot be led anywhere is refused with the reason", async () => {
  await engine.ok(["create", "--name", "made", IMAGE, "true"]);
  for (const [words, reason] of [
    [["nothing", "80"], "no such container"],
    [["made", "80:0"], "is not [LOCAL:]PORT"],
    [["made", "x"], "is not [LOCAL:]PORT"],
  ] as const) {
    const { code, stderr } = await engine.run(["port-forward", ...words]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(reason)]);
  }
});
