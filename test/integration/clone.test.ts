import { expect, test } from "bun:test";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({ images: [{ name: "other:2" }] });

const inspect = async (name: string, field: string) => await engine.ok(["inspect", "--format", `{{${field}}}`, name]);
const names = async () => (await engine.ok(["ps", "-a", "--format", "{{.Names}}"])).split("\n").toSorted();

test("a clone has the options of the original, and a name of its own", async () => {
  const options = [
    "--name",
    "web",
    "-e",
    "A=1",
    "--label",
    "tier=front",
    "-m",
    "64m",
    "-w",
    "/tmp",
    "-v",
    "data:/data",
  ];
  const id = await engine.ok(["create", ...options, IMAGE, "sh", "-c", "echo $A $(pwd)"]);
  const clone = await engine.ok(["container", "clone", "web"]);
  expect(clone).toMatch(/^[0-9a-f]{64}$/);
  expect(clone).not.toBe(id);
  for (const field of [".Config.Env", ".Config.Labels", ".HostConfig.Memory", ".Config.Cmd", ".Image", ".ImageName"])
    expect([field, (await inspect("web-clone", field)).replaceAll(clone.slice(0, 12), "ID")]).toEqual([
      field,
      (await inspect("web", field)).replaceAll(id.slice(0, 12), "ID"),
    ]);
  expect(await engine.ok(["start", "-a", "web-clone"])).toBe("1 /tmp");
  await engine.ok(["container", "clone", "web"]);
  await engine.ok(["container", "clone", "web-clone"]);
  await engine.ok(["container", "clone", "--name", "mine", "web"]);
  await engine.ok(["container", "clone", "web", "yours"]);
  expect(await names()).toEqual(["mine", "web", "web-clone", "web-clone1", "web-clone2", "yours"]);
  expect((await engine.run(["container", "clone", "web", "mine"])).stderr).toContain("already in use");
});

test("limits and image can be others", async () => {
  await engine.ok(["create", "--name", "box", "-m", "64m", "--cpus", "0.5", IMAGE, "sleep", "1000"]);
  await engine.ok(["container", "clone", "--memory", "32m", "--pids-limit", "50", "box", "small", "other:2"]);
  expect(await inspect("small", ".HostConfig.Memory")).toBe(String(32 * 1024 * 1024));
  expect(await inspect("small", ".HostConfig.PidsLimit")).toBe("50");
  expect(await inspect("small", ".HostConfig.NanoCpus")).toBe("500000000");
  expect(await inspect("small", ".ImageName")).toContain("other:2");
  expect((await engine.run(["container", "clone", "box", "none", "localhost:1/nonesuch"])).code).toBe(125);
  expect(await names()).toEqual(["box", "small"]);
});

test("a clone is of the image that the original was made of, whatever its name means now", async () => {
  await engine.ok(["tag", IMAGE, "moving:1"]);
  const id = await engine.ok(["image", "inspect", "--format", "{{.Id}}", "moving:1"]);
  await engine.ok(["create", "--name", "box", "moving:1", "true"]);
  await engine.ok(["tag", "other:2", "moving:1"]);
  await engine.ok(["container", "clone", "box"]);
  expect(await inspect("box-clone", ".Image")).toBe(id);
});

test("--run starts it, --destroy removes the original, and one that runs only with --force", async () => {
  const id = await engine.detached(["--name", "box"], "sleep", "1000");
  const refused = await engine.run(["container", "clone", "--destroy", "box"]);
  expect({ code: refused.code, said: refused.stderr.includes("--force") }).toEqual({ code: 125, said: true });
  expect(await names()).toEqual(["box"]);
  const clone = await engine.ok(["container", "clone", "--destroy", "--force", "--run", "box", "next"]);
  expect(await engine.ok(["ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}}"])).toBe(
    `${clone} next running`,
  );
  expect(clone).not.toBe(id);
  expect((await engine.run(["container", "clone", "--force", "next"])).stderr).toContain("without --destroy");
  expect((await engine.run(["container", "clone", "--pod", "p", "next"])).stderr).toContain("no such pod");
});
