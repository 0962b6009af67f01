import { expect, test } from "bun:test";
import { filtersJson } from "./api-client.ts";
import { errorOfAnswer } from "./api-error.ts";
import { splitFrames } from "./frames.ts";
import { jsonObjects } from "./json-lines.ts";
import { splitReference } from "./transfers.ts";

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("frames are taken apart wherever the pieces of a body end", async () => {
  const frames = Buffer.concat([
    Buffer.from([1, 0, 0, 0, 0, 0, 0, 5]),
    Buffer.from("hello"),
    Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]),
    Buffer.from([2, 0, 0, 0, 0, 0, 0, 3]),
    Buffer.from("no\n"),
  ]);
  for (const size of [1, 3, 8, 100]) {
    const said = { stdout: "", stderr: "" };
    for await (const { stream, bytes } of splitFrames(inPieces(frames, size))) said[stream] += bytes.toString();
    expect(said).toEqual({ stdout: "hello", stderr: "no\n" });
  }
});

test("objects are read with lines between them, without, and with braces and line feeds in their texts", async () => {
  const objects = [{ a: "}{" }, { b: 'x"\n{' }, { c: { d: "ä" } }];
  for (const between of ["", "\n", "\r\n"])
    for (const size of [1, 7, 1000]) {
      const body = Buffer.from(objects.map((object) => JSON.stringify(object)).join(between) + between);
      expect(await Array.fromAsync(jsonObjects(inPieces(body, size)))).toEqual(objects);
    }
});

test("an error of another Estiba is the same one here; Docker's words become ours", () => {
  const ours = JSON.stringify({ message: "no", estiba: { code: "in_use", reason: "network.in_use", fix: "stop it" } });
  expect(errorOfAnswer(409, ours)).toMatchObject({ code: "in_use", reason: "network.in_use", fix: "stop it" });
  for (const [status, message, code, reason] of [
    [404, "No such image: x:1", "not_found", "image.unknown"],
    [403, "error while removing network: network x has active endpoints", "in_use", "network.in_use"],
    [409, "cannot kill container: x: container y is not running", "wrong_state", "client.wrong_state"],
    [
      400,
      'OCI runtime create failed: exec: "x": executable file not found in $PATH',
      "not_found",
      "runtime.command_not_found",
    ],
    [500, "boom", "internal", "client.refused"],
    [503, "This node is not a swarm manager", "unavailable", "client.refused"],
  ] as const)
    expect(errorOfAnswer(status, JSON.stringify({ message }))).toMatchObject({ code, reason, message });
});

test("filters and references have the API's form", () => {
  expect(filtersJson([])).toBeUndefined();
  expect(JSON.parse(filtersJson(["label=a=b", "label=c", "status=exited"]) ?? "")).toEqual({
    label: ["a=b", "c"],
    status: ["exited"],
  });
  expect(splitReference("reg:5000/app")).toEqual({ name: "reg:5000/app", tag: "latest" });
  expect(splitReference("reg:5000/app:1")).toEqual({ name: "reg:5000/app", tag: "1" });
  expect(splitReference("app@sha256:ab")).toEqual({ name: "app", tag: "sha256:ab" });
});
