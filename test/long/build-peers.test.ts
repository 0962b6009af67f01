import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildCase, writeCase } from "../fixtures/build-cases/build-case.ts";
import { CONFIG_CASES } from "../fixtures/build-cases/config-cases.ts";
import { FILE_CASES } from "../fixtures/build-cases/file-cases.ts";
import { PARSING_CASES, VARIABLE_CASES } from "../fixtures/build-cases/text-cases.ts";
import { type Builder, buildahBuilder, classicBuilder, estibaBuilder } from "../fixtures/build-peers.ts";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const EXAMPLES: string = join(import.meta.dir, "../../examples/build");
const engine = useEngine();
const own: Builder = estibaBuilder(engine);
const held = { folder: "", base: "", count: 0 };

/** cap_net_raw=ep, in the form of the kernel's struct vfs_cap_data, revision 2; as archives have it. */
const CAPABILITY = "0100000200200000000000000000000000000000";
function setCapability(path: string): readonly string[] {
  const set = `import os; os.setxattr("${path}", "security.capability", bytes.fromhex("${CAPABILITY}"))`;
  return ["python3", "-c", set];
}

const XATTRS: readonly BuildCase[] = [
  {
    title: "capabilities of files of the context stay",
    notAsClassic: "its client does not send them",
    file: [`FROM ${IMAGE}`, "COPY d /d"],
    files: { "d/f": "x" },
    prepare: [setCapability("d/f")],
  },
  {
    title: "capabilities of files in an archive stay",
    file: [`FROM ${IMAGE}`, "ADD a.tar /a/"],
    files: { "t/f": "x" },
    prepare: [setCapability("t/f"), ["tar", "--xattrs", "--xattrs-include=security.capability", "-cf", "a.tar", "t"]],
  },
];
const ALL = [...PARSING_CASES, ...VARIABLE_CASES, ...CONFIG_CASES, ...FILE_CASES, ...XATTRS];
const CASES: readonly BuildCase[] = ALL.filter(({ code }) => code === undefined);

beforeAll(async () => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-peers-"));
  held.base = join(held.folder, "bb.tar");
  await engine.ok(["save", "-o", held.base, IMAGE]);
}, 60_000);
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

type Peer = {
  readonly name: string;
  readonly program: string;
  readonly open: (place: string, base: string) => Promise<Builder>;
  readonly differs: (wanted: BuildCase) => string | undefined;
  /** Examples that it can build. */
  readonly examples: readonly string[];
};

const PEERS: readonly Peer[] = [
  {
    name: "buildah",
    program: "buildah",
    open: buildahBuilder,
    differs: ({ notAsBuildah }) => notAsBuildah,
    examples: ["hello", "stages", "secrets"],
  },
  {
    name: "docker's classic builder",
    program: "dockerd",
    open: classicBuilder,
    differs: ({ notAsClassic }) => notAsClassic,
    examples: ["hello"],
  },
];

for (const { name, program, open, differs, examples } of PEERS)
  describe.skipIf(Bun.which(program) === null)(`as ${name} does`, () => {
    const use: { builder?: Builder } = {};
    beforeAll(async () => {
      use.builder = await open(join(held.folder, program), held.base);
    }, 60_000);
    afterAll(async () => await use.builder?.[Symbol.asyncDispose](), 60_000);

    async function compare(folder: string, options: readonly string[]): Promise<void> {
      const wanted = (await use.builder?.build(folder, options)) ?? expect.unreachable();
      const found = await own.build(folder, options);
      expect(wanted.history === undefined ? { ...found, history: undefined } : found).toEqual(wanted);
    }

    test.each(CASES.filter((wanted) => differs(wanted) === undefined).map((wanted) => [wanted.title, wanted] as const))(
      "%s",
      async (_, wanted) => {
        const folder = join(held.folder, `case-${++held.count}`);
        await writeCase(folder, wanted);
        await compare(folder, wanted.options ?? []);
      },
      60_000,
    );

    test.each([...examples])(
      "the example %s",
      async (example) => {
        const secret = example === "secrets" ? ["--secret", `id=token,src=${import.meta.path}`] : [];
        await compare(join(EXAMPLES, example), ["--build-arg", `BASE=${IMAGE}`, ...secret]);
      },
      60_000,
    );
  });
