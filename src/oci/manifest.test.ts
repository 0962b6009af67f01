import { expect, test } from "bun:test";
import { MEDIA_TYPE } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { parseManifest } from "./manifest.ts";

const config = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf("config"), size: 6 };
const layer = { mediaType: MEDIA_TYPE.ociLayerGzip, digest: digestOf("layer"), size: 5 };
const image = { schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [layer] };
const index = {
  schemaVersion: 2,
  mediaType: MEDIA_TYPE.ociIndex,
  manifests: [{ mediaType: MEDIA_TYPE.ociManifest, digest: digestOf("m"), size: 1 }],
};

const parse = (value: unknown, type?: string) => parseManifest(Buffer.from(JSON.stringify(value)), type);

test("an image manifest and an index are told apart", () => {
  expect(parse(image, MEDIA_TYPE.ociManifest)).toMatchObject({ kind: "manifest", layers: [layer] });
  expect(parse(index, MEDIA_TYPE.ociIndex)).toMatchObject({ kind: "index" });
});

test("a manifest without mediaType is what the registry calls it, or what it looks like", () => {
  const { mediaType: _, ...bare } = image;
  expect(parse(bare, MEDIA_TYPE.dockerManifest).mediaType).toBe(MEDIA_TYPE.dockerManifest);
  expect(parse(bare, "application/json; charset=utf-8").kind).toBe("manifest");
  expect(parse({ schemaVersion: 2, manifests: [] }).kind).toBe("index");
});

const REFUSED: readonly (readonly [why: string, value: unknown, type: string | undefined, message: string])[] = [
  ["two meanings", { ...image, manifests: index.manifests }, MEDIA_TYPE.ociManifest, "at once"],
  ["two meanings in an index", { ...index, layers: [layer] }, MEDIA_TYPE.ociIndex, "at once"],
  ["another type than announced", image, MEDIA_TYPE.ociIndex, "calls itself"],
  ["schema 1", { schemaVersion: 1, fsLayers: [] }, undefined, "schema 1"],
  ["schema 1 by type", image, "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1"],
  ["no version", { config, layers: [] }, undefined, "schemaVersion"],
  [
    "an artifact",
    { ...image, config: { ...config, mediaType: "application/vnd.example+json" } },
    undefined,
    "artifact",
  ],
  ["an unknown layer", { ...image, layers: [{ ...layer, mediaType: "text/plain" }] }, undefined, "unsupported type"],
  ...[
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
  ].map((mediaType) => [mediaType, { ...image, layers: [{ ...layer, mediaType }] }, undefined, "foreign"] as const),
  [
    "an encrypted layer",
    { ...image, layers: [{ ...layer, mediaType: `${MEDIA_TYPE.ociLayerGzip}+encrypted` }] },
    undefined,
    "encrypted",
  ],
  [
    "a digest that is a path",
    { ...image, layers: [{ ...layer, digest: "sha256:../../etc" }] },
    undefined,
    "malformed digest",
  ],
  ["a negative size", { ...image, layers: [{ ...layer, size: -1 }] }, undefined, "whole number"],
  ["a size that is text", { ...image, config: { ...config, size: "6" } }, undefined, "whole number"],
  ["too many layers", { ...image, layers: Array.from({ length: 501 }, () => layer) }, undefined, "501 layers"],
  ["a list", [], undefined, "not an object"],
  ["an unknown type", { schemaVersion: 2, mediaType: "application/x" }, undefined, "unsupported manifest type"],
];

test.each(REFUSED)("%s is refused", (_why, value, type, message) => {
  expect(() => parse(value, type)).toThrow(message);
});

test("what is not JSON is refused", () => {
  expect(() => parseManifest(Buffer.from("<html>"), undefined)).toThrow("not JSON");
});
