import { expect, test } from "bun:test";
import { digestOf } from "../oci/digest.ts";
import { emptyProcess, type ImageConfig } from "../oci/image-config.ts";
import { imageInspectJson, imageRows, imageSummaryJson } from "./image.ts";
import { historyJson, historyRow } from "./image-history.ts";

const CREATED = "2024-01-02T03:04:05Z";
const CREATED_MS = Date.parse(CREATED);
const ID = "ab".repeat(32);
const DIGEST = digestOf("manifest");
const DIFF = digestOf("diff");
const config: ImageConfig = {
  created: CREATED,
  os: "linux",
  architecture: "amd64",
  process: {
    ...emptyProcess(),
    cmd: ["/bin/sh"],
    env: ["A=b"],
    labels: { l: "m" },
    exposedPorts: ["80/tcp"],
    user: "1000",
  },
  diffIds: [DIFF],
  history: [{ created: CREATED, createdBy: "step", comment: "why" }],
};
const facts = {
  image: { id: ID, manifestDigest: DIGEST, createdAtMs: CREATED_MS, sizeBytes: 2_131_066 },
  config,
  names: ["localhost/bb:1"],
  repoDigests: [`localhost/bb@${DIGEST}`],
};

test("image inspect has Podman's fields", () => {
  const document = imageInspectJson(facts, ["/top", "/middle", "/low"], "application/x");
  expect(JSON.parse(JSON.stringify(document))).toEqual({
    Id: ID,
    Digest: DIGEST,
    RepoTags: ["localhost/bb:1"],
    RepoDigests: [`localhost/bb@${DIGEST}`],
    Parent: "",
    Comment: "why",
    Created: CREATED,
    Config: { User: "1000", ExposedPorts: { "80/tcp": {} }, Env: ["A=b"], Cmd: ["/bin/sh"], Labels: { l: "m" } },
    Version: "",
    Author: "",
    Architecture: "amd64",
    Os: "linux",
    Size: 2_131_066,
    VirtualSize: 2_131_066,
    GraphDriver: { Name: "overlay", Data: { LowerDir: "/middle:/low", UpperDir: "/top" } },
    RootFS: { Type: "layers", Layers: [DIFF] },
    Labels: { l: "m" },
    Annotations: {},
    ManifestType: "application/x",
    User: "1000",
    History: [{ created: CREATED, created_by: "step", comment: "why" }],
    NamesHistory: ["localhost/bb:1"],
  });
});

test("images has Podman's columns; an image without a name has a line of its own", () => {
  const options = { containers: 2, nowMs: CREATED_MS + 3 * 86_400_000, full: false };
  expect(imageRows(facts, options)[0]).toMatchObject({
    Repository: "localhost/bb",
    Tag: "1",
    ID: ID.slice(0, 12),
    CreatedSince: "3 days ago",
    CreatedAt: "2024-01-02 03:04:05 +0000 UTC",
    Size: "2.13 MB",
  });
  expect(imageRows({ ...facts, names: [] }, options)[0]).toMatchObject({
    Repository: "<none>",
    Tag: "<none>",
    Dangling: true,
  });
  expect(
    imageRows({ ...facts, names: ["h:5000/a:1", "b/c:2"] }, { ...options, full: true }).map(
      ({ Repository, Tag, ID: id }) => [Repository, Tag, id],
    ),
  ).toEqual([
    ["h:5000/a", "1", `sha256:${ID}`],
    ["b/c", "2", `sha256:${ID}`],
  ]);
});

test("images --format json has Podman's fields", () => {
  expect(imageSummaryJson(facts, 1)).toEqual({
    Id: ID,
    ParentId: "",
    RepoTags: ["localhost/bb:1"],
    RepoDigests: [`localhost/bb@${DIGEST}`],
    Size: 2_131_066,
    SharedSize: 0,
    VirtualSize: 2_131_066,
    Labels: { l: "m" },
    Containers: 1,
    Names: ["localhost/bb:1"],
    Digest: DIGEST,
    History: ["localhost/bb:1"],
    Created: CREATED_MS / 1000,
    CreatedAt: CREATED,
  });
});

test("history: long commands are cut, layers of other places are <missing>", () => {
  const step = { created: CREATED, createdBy: `RUN ${"x".repeat(60)}`, sizeBytes: 10, imageId: undefined, names: [] };
  const row = historyRow(step, { nowMs: CREATED_MS + 60_000, full: false, human: true });
  expect(row).toMatchObject({ ID: "<missing>", Created: "About a minute ago", Size: "10 B", Comment: "" });
  expect(row.CreatedBy).toHaveLength(45);
  expect(historyRow(step, { nowMs: CREATED_MS, full: true, human: false })).toMatchObject({
    Created: CREATED,
    Size: "10",
    CreatedBy: step.createdBy,
  });
  expect(historyJson({ ...step, imageId: ID, names: ["n:1"] })).toMatchObject({ id: ID, size: 10, tags: ["n:1"] });
});
