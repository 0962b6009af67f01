import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildCase, writeCase } from "../fixtures/build-cases/build-case.ts";
import { CONFIG_CASES } from "../fixtures/build-cases/config-cases.ts";
import { FILE_CASES } from "../fixtures/build-cases/file-cases.ts";
import { PARSING_CASES, VARIABLE_CASES } from "../fixtures/build-cases/text-cases.ts";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const BUILDAH: string | null = Bun.which("buildah");
const engine = useEngine();
const held = { folder: "", count: 0 };

const CASES: readonly BuildCase[] = [...PARSING_CASES, ...VARIABLE_CASES, ...CONFIG_CASES, ...FILE_CASES].filter(
  ({ code, notAsBuildah }) => code === undefined && notAsBuildah === undefined,
);

beforeAll(async () => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-buildah-"));
  if (BUILDAH === null) return;
  const archive = join(held.folder, "bb.tar");
  await engine.ok(["save", "-o", archive, IMAGE]);
  await buildah("pull", "-q", `docker-archive:${archive}`);
}, 60_000);
afterAll(() => {
  rmSync(held.folder, { recursive: true, force: true });
});

async function buildah(...words: string[]): Promise<string> {
  const roots = ["--root", join(held.folder, "root"), "--runroot", join(held.folder, "run"), "--storage-driver", "vfs"];
  const { code, stdout, stderr } = await runCommand([BUILDAH ?? "", ...roots, ...words]);
  if (code !== 0) throw new Error(`buildah ${words.join(" ")} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

type Looked = { readonly config: Readonly<Record<string, unknown>>; readonly files: string };

const KEYS = [
  "Env",
  "Cmd",
  "Entrypoint",
  "WorkingDir",
  "User",
  "ExposedPorts",
  "Volumes",
  "StopSignal",
  "OnBuild",
  "Shell",
];

/** What both must agree on: what is not set is left out, labels of the builder itself too. */
function configOf(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = Object.fromEntries(KEYS.flatMap((key) => (isSet(config[key]) ? [[key, config[key]]] : [])));
  const labels = Object.entries(config["Labels"] ?? {}).filter(([key]) => !key.startsWith("io.buildah."));
  return labels.length === 0 ? shown : { ...shown, Labels: Object.fromEntries(labels) };
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && !["[]", "{}"].includes(JSON.stringify(value));
}

// Modes, owners, kinds, sizes, links and contents of files. Sizes of folders are the disk's own.
async function filesOf(root: string): Promise<string> {
  const left = ["proc", "sys", "dev", "run", "etc/hosts", "etc/resolv.conf", "etc/hostname", "etc/mtab"];
  const pruned = left.flatMap((path) => ["-path", `./${path}`, "-o"]);
  const find = ["find", ".", "(", ...pruned, "-path", "./.none", ")", "-prune", "-o"];
  const format = "%p %y %m %U:%G %l\n";
  const { stdout } = await runCommand([...find, "-mindepth", "1", "-printf", format], { cwd: root });
  const sums = await runCommand([...find, "-type", "f", "-exec", "sha256sum", "{}", ";"], { cwd: root });
  return [...stdout.split("\n").toSorted(), ...sums.stdout.split("\n").toSorted()].join("\n");
}

async function byEstiba(folder: string, options: readonly string[]): Promise<Looked> {
  const id = await engine.ok(["build", "-q", ...options, folder]);
  const stored: unknown = await Bun.file(join(engine.root, "blobs/sha256", id)).json();
  const { config } = stored as { config: Record<string, unknown> };
  const root = await engine.ok(["image", "mount", id]);
  try {
    return { config: configOf(config), files: await filesOf(root) };
  } finally {
    await engine.ok(["image", "unmount", id]);
  }
}

async function byBuildah(folder: string, options: readonly string[]): Promise<Looked> {
  // A format that keeps SHELL, ONBUILD and HEALTHCHECK there.
  const build = ["build", "-q", "--format", "docker", "--isolation", "chroot", "--pull=never", ...options, folder];
  const id = await buildah(...build);
  const { Docker: described } = JSON.parse(await buildah("inspect", "--type", "image", id)) as {
    Docker: { config: Record<string, unknown> };
  };
  const container = await buildah("from", "-q", "--pull-never", id);
  try {
    return { config: configOf(described.config), files: await filesOf(await buildah("mount", container)) };
  } finally {
    await buildah("rm", container);
  }
}

describe.skipIf(BUILDAH === null)("as buildah does", () => {
  test.each(CASES.map((wanted) => [wanted.title, wanted] as const))(
    "%s",
    async (_, wanted) => {
      const folder = join(held.folder, `case-${++held.count}`);
      await writeCase(folder, wanted);
      const options = wanted.options ?? [];
      expect(await byEstiba(folder, options)).toEqual(await byBuildah(folder, options));
    },
    60_000,
  );
});
