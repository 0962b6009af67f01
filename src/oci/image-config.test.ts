import { expect, test } from "bun:test";
import { applyChange } from "./config-change.ts";
import { digestOf } from "./digest.ts";
import { emptyProcess, parseImageConfig, printImageConfig } from "./image-config.ts";

const CONFIG = {
  created: "2024-01-02T03:04:05Z",
  architecture: "amd64",
  os: "linux",
  config: {
    User: "1000",
    Env: ["A=b", "BARE", "=x", "EMPTY="],
    Cmd: ["/bin/sh"],
    ExposedPorts: { "80/tcp": {} },
    Labels: { x: "y" },
    Healthcheck: { Test: ["CMD", "true"], Interval: 1000, Retries: 3 },
  },
  rootfs: { type: "layers", diff_ids: [digestOf("a")] },
  history: [{ created_by: "step", empty_layer: true }],
};

test("a config is read, and only KEY=VALUE of its environment", () => {
  const config = parseImageConfig(Buffer.from(JSON.stringify(CONFIG)));
  expect(config.process).toMatchObject({
    user: "1000",
    env: ["A=b", "EMPTY="],
    exposedPorts: ["80/tcp"],
    labels: { x: "y" },
  });
  expect(config.process.healthcheck).toEqual({ test: ["CMD", "true"], intervalNs: 1000, retries: 3 });
  expect(config.history).toEqual([{ createdBy: "step", emptyLayer: true }]);
});

test("what is printed is read as the same", () => {
  const config = parseImageConfig(Buffer.from(JSON.stringify(CONFIG)));
  expect(parseImageConfig(Buffer.from(printImageConfig(config)))).toEqual(config);
});

test("nulls are as good as nothing: other engines write them", () => {
  const bare = { ...CONFIG, config: null, history: null, rootfs: { type: "layers", diff_ids: null } };
  expect(parseImageConfig(Buffer.from(JSON.stringify(bare))).process).toEqual(emptyProcess());
});

test.each([
  ["diff id", { ...CONFIG, rootfs: { diff_ids: ["sha256:x"] } }],
  ["no rootfs", { ...CONFIG, rootfs: undefined }],
  ["Env as text", { ...CONFIG, config: { Env: "A=b" } }],
  ["Cmd with a number", { ...CONFIG, config: { Cmd: [1] } }],
])("a config with a malformed field is refused: %s", (_name, value) => {
  expect(() => parseImageConfig(Buffer.from(JSON.stringify(value)))).toThrow();
});

const CHANGES: readonly (readonly [change: string, result: object])[] = [
  ['CMD ["/bin/x", "-y"]', { cmd: ["/bin/x", "-y"] }],
  ["CMD echo hi", { cmd: ["/bin/sh", "-c", "echo hi"] }],
  ["cmd=/bin/x", { cmd: ["/bin/sh", "-c", "/bin/x"] }],
  ['ENTRYPOINT ["/e"]', { entrypoint: ["/e"] }],
  ['ENV A=1 B=\'2 3\' C="4 \\" 5"', { env: ["A=1", "B=2 3", 'C=4 " 5'] }],
  ["ENV A some words", { env: ["A=some words"] }],
  ["EXPOSE 80 53/udp", { exposedPorts: ["53/udp", "80/tcp"] }],
  ["LABEL a=b c=d", { labels: { a: "b", c: "d" } }],
  ["USER 1000:1000", { user: "1000:1000" }],
  ['VOLUME ["/a", "/b"]', { volumes: ["/a", "/b"] }],
  ["WORKDIR /w", { workingDir: "/w" }],
  ["STOPSIGNAL SIGUSR1", { stopSignal: "SIGUSR1" }],
  ["ONBUILD RUN x", { onBuild: ["RUN x"] }],
];

test.each(CHANGES)("the change %s", (change, result) => {
  expect(applyChange(emptyProcess(), change)).toMatchObject(result);
});

test.each(["", "CMD", "RUN x", "BOGUS y", 'CMD ["x"', "CMD [1]", "EXPOSE x", "ENV A", 'ENV A=1 "b'])(
  "the change %p is refused",
  (change) => {
    expect(() => applyChange(emptyProcess(), change)).toThrow("invalid change");
  },
);
