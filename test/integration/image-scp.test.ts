import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type CommandResult, IMAGE, TestEngine, useEngine } from "../fixtures/engine.ts";
import { makeMachine, NO_SSHD, useSshd } from "../fixtures/ssh.ts";

const engine = useEngine();
const there = new TestEngine();
const held = { path: "" };

useSshd();
beforeAll(async () => {
  await there.load();
  if (NO_SSHD === undefined)
    held.path = await makeMachine(engine.path("ssh"), { estiba: `exec ${there.argv([]).join(" ")} "$@"` });
}, 60_000);
afterAll(async () => await there.dispose(), 60_000);

async function scp(...words: string[]): Promise<CommandResult> {
  return await engine.run(["image", "scp", "-q", ...words], { env: { PATH: `${held.path}:${process.env["PATH"]}` } });
}

const title = `another machine, by ssh${NO_SSHD === undefined ? "" : ` (skipped: ${NO_SSHD})`}`;

describe.skipIf(NO_SSHD !== undefined)(title, () => {
  test("an image goes there, comes back and passes on, under its name or another, with its id and digest", async () => {
    const format = ["image", "inspect", "--format", "{{.Id}} {{.Digest}}"];
    const wanted = await engine.ok([...format, IMAGE]);
    await there.ok(["rmi", IMAGE]);
    const sent = await scp(IMAGE, "root@box::");
    expect(sent).toMatchObject({ code: 0, stdout: "Loaded image: localhost/bb:1\n", stderr: "" });
    expect(await there.ok([...format, IMAGE])).toBe(wanted);
    expect(await there.ok(["run", "--rm", IMAGE, "echo", "runs"])).toBe("runs");
    expect(await scp(IMAGE, "box::named:2")).toMatchObject({ code: 0, stdout: "Loaded image: localhost/named:2\n" });
    expect(await there.ok([...format, "named:2"])).toBe(wanted);
    expect(await scp("ssh://root@box:22::named:2")).toMatchObject({
      code: 0,
      stdout: "Loaded image: localhost/named:2\n",
    });
    expect(await scp("box::named:2", "::back:3")).toMatchObject({
      code: 0,
      stdout: "Loaded image: localhost/back:3\n",
    });
    expect([await engine.ok([...format, "named:2"]), await engine.ok([...format, "back:3"])]).toEqual([wanted, wanted]);
    await there.ok(["rmi", IMAGE]);
    expect(await scp("box::named:2", "box2::")).toMatchObject({ code: 0, stdout: "Loaded image: localhost/named:2\n" });
    await engine.ok(["rmi", "named:2", "back:3"]);
    await there.expectClean();
  });

  test("what fails there, and a machine that is not reached, is told with what it said, and nothing comes of it", async () => {
    const before = await engine.ok(["images", "-aq"]);
    for (const [words, ...texts] of [
      [["box::it's:1"], "estiba save on box ended with exit code", "it's:1"],
      [["lost::bb:1"], "estiba save on lost ended with exit code 255", "ssh lost estiba --version"],
      [[IMAGE, "lost::"], "estiba load on lost ended with exit code 255"],
      [["none:1", "box::"], "none:1: image not known"],
      [["box::bb:1", "box2::new:1"], "keeps its name"],
      [["-oProxyCommand=false::bb:1"], ""],
    ] as const) {
      const { code, stdout, stderr } = await scp(...words);
      expect([words, code, stdout]).toEqual([words, 125, ""]);
      for (const text of texts) expect(stderr).toContain(text);
    }
    expect(await engine.ok(["images", "-aq"])).toBe(before);
  });
});

test("without an ssh program it is told which one is wanted; what is no place is refused", async () => {
  const none = await engine.run(["image", "scp", IMAGE, "box::"], { env: { PATH: engine.folder } });
  expect([none.code, none.stderr]).toEqual([125, expect.stringContaining("apt-get install openssh-client")]);
  for (const place of ["a b::", "me@::", "-box::"]) {
    const { code, stderr } = await engine.run(["image", "scp", "--", IMAGE, place]);
    expect([place, code, stderr]).toEqual([place, 125, expect.stringContaining("neither a folder nor a machine")]);
  }
});
