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

const CASES: readonly BuildCase[] = [...PARSING_CASES, ...VARIABLE_CASES, ...CONFIG_CASES, ...FILE_CASES].filter(
  ({ code }) => code === undefined,
);

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
      expect(await own.build(folder, options)).toEqual((await use.builder?.build(folder, options)) as never);
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
