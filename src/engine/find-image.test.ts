import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../oci/digest.ts";
import { emptyProcess, printImageConfig } from "../oci/image-config.ts";
import { recordImage } from "../state/images.ts";
import { type Engine, openEngine } from "./engine.ts";
import { findImage, lookUpImage, ownName } from "./find-image.ts";
import { listImages } from "./list-images.ts";
import { tagImage } from "./tag.ts";

const made: { engine?: Engine; folder: string; registries: string | undefined } = { folder: "", registries: undefined };
const engine = (): Engine => made.engine as Engine;
const A = "a".repeat(64);
const B = `ab${"0".repeat(62)}`;
const C = `c${"0".repeat(63)}`;

function add(id: string, names: string[], labels: Record<string, string> = {}): void {
  const config = {
    os: "linux",
    architecture: "amd64",
    process: { ...emptyProcess(), labels },
    diffIds: [],
    history: [],
  };
  recordImage(engine().store, {
    id,
    config: printImageConfig(config),
    manifestDigest: digestOf(id),
    chainId: null,
    sizeBytes: 1,
    createdAtMs: id.charCodeAt(1),
    storedAtMs: 0,
    layers: [],
    blobs: [],
    names,
    repoDigests: names.map((name) => ({ repository: name.slice(0, name.lastIndexOf(":")), digest: digestOf(id) })),
  });
}

beforeAll(() => {
  made.folder = mkdtempSync(join(tmpdir(), "estiba-find-"));
  made.engine = openEngine({ root: made.folder, runRoot: join(made.folder, "run") });
  made.registries = process.env["CONTAINERS_REGISTRIES_CONF"];
  process.env["CONTAINERS_REGISTRIES_CONF"] = join(made.folder, "registries.conf");
  writeFileSync(join(made.folder, "registries.conf"), 'unqualified-search-registries = ["reg.example"]');
  add(A, ["localhost/both:1", "localhost/abc:latest"], { x: "1", y: "2" });
  add(B, ["docker.io/library/both:1", "docker.io/library/hub:1", "docker.io/user/app:2"], { x: "2" });
  add(C, ["reg.example/searched:1"]);
});

afterAll(() => {
  if (made.registries === undefined) delete process.env["CONTAINERS_REGISTRIES_CONF"];
  else process.env["CONTAINERS_REGISTRIES_CONF"] = made.registries;
  rmSync(made.folder, { recursive: true });
});

test.each([
  ["both:1", A],
  ["localhost/both:1", A],
  ["docker.io/both:1", B],
  ["hub:1", B],
  ["user/app:2", B],
  ["searched:1", C],
  ["abc", A],
  [`hub@${digestOf(B)}`, B],
  [A, A],
  [`sha256:${B}`, B],
  ["ab0", B],
  ["c00", C],
])("%s is found: the name as given, localhost/, the search registries, docker.io, then ids", (text, id) => {
  expect(findImage(engine(), text).image.id).toBe(id);
});

test("what is not here is not found, and the nearest name is offered", () => {
  expect(lookUpImage(engine(), "hub")).toBeUndefined();
  expect(() => findImage(engine(), "bot:1")).toThrow("bot:1: image not known");
  expect(() => findImage(engine(), "dddd")).toThrow("image not known");
});

test("a prefix of two images' ids is refused, and one too short is none", () => {
  add(`${"a".repeat(63)}0`, []);
  expect(() => findImage(engine(), "aaaa")).toThrow("more than one image id");
  expect(lookUpImage(engine(), "c0")).toBeUndefined();
});

test("a name given on the command line lies under localhost/ unless it names a registry", () => {
  expect(ownName("x:1")).toBe("localhost/x:1");
  expect(ownName("user/x")).toBe("localhost/user/x:latest");
  expect(ownName("reg.example/x")).toBe("reg.example/x:latest");
  expect(() => ownName(`x@${digestOf("")}`)).toThrow("has a digest");
});

test.each([
  ["label=x", [A, B]],
  ["label=x=1", [A]],
  ["label!=x", [C, `${"a".repeat(63)}0`]],
  ["reference=both", [A, B]],
  ["reference=*both:1", [A, B]],
  ["reference=docker.io/*/app", [B]],
  ["dangling=true", [`${"a".repeat(63)}0`]],
  ["id=c0", [C]],
  ["containers=true", []],
])("the filter %s", (filter, ids) => {
  expect(
    listImages(engine(), { filters: [filter] })
      .map(({ image }) => image.id)
      .sort(),
  ).toEqual([...ids].sort());
});

test.each(["", "nokey", "bogus=1", "dangling=maybe"])("the filter %p is refused", (filter) => {
  expect(() => listImages(engine(), { filters: [filter] })).toThrow("filter");
});

test("of several tags all are given or none", () => {
  expect(() => tagImage(engine(), "hub:1", ["good:1", "BAD"])).toThrow("capital letters");
  expect(lookUpImage(engine(), "good:1")).toBeUndefined();
  expect(tagImage(engine(), "hub:1", ["good:1", "reg.example/x"])).toEqual([
    "localhost/good:1",
    "reg.example/x:latest",
  ]);
});
