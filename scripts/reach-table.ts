// Measures who finds whom on the engines of this host, on a small machine of their own, and writes the table into docs/networks.md:
// `bun scripts/reach-table.ts`, as root, with podman, netavark, aardvark-dns and docker installed.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCovered, OWN_MACHINE, prepareInside } from "../bench/host.ts";
import { openPeer, type PeerName } from "../bench/peers.ts";
import { makeImage } from "../test/fixtures/image.ts";
import { dockerArchive } from "../test/fixtures/other-engines.ts";
import { measureReach, type Reach } from "../test/fixtures/reach.ts";

/** Where the table is. */
export const REACH_PAGE: string = join(import.meta.dir, "../docs/networks.md");

const BEGIN = "<!-- by scripts/reach-table.ts -->";
const END = "<!-- end -->";
const EACH = "localhost/bb:1";

/** The part of the page between its marks, as rows by the container that asks. */
export async function readReachTable(): Promise<string[][]> {
  const [, table = ""] = (await Bun.file(REACH_PAGE).text()).split(BEGIN);
  const lines = (table.split(END)[0] ?? "").split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) => line.split("|").map((cell) => cell.trim()));
}

async function measure(name: PeerName, folder: string, conf: string): Promise<{ version: string; reach: Reach[] }> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: folder, CONTAINERS_CONF: conf };
  mkdirSync(folder);
  const peer = await openPeer(name, { folder, env });
  const run = async (...words: string[]): Promise<string> => {
    const child = Bun.spawn([...peer.argv, ...words], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    if ((await child.exited) !== 0) throw new Error(`${name} ${words.join(" ")}: ${err}`);
    return out;
  };
  const { layout } = await makeImage(join(folder, "layout"));
  await run("load", "-i", await dockerArchive(layout, EACH, join(folder, "image.tar")));
  return { version: peer.version, reach: await measureReach(run, EACH) };
}

type Column = { readonly name: string; readonly version: string; readonly reach: readonly Reach[] };

function tableText(columns: readonly Column[]): string {
  const heads = (what: string): string[] => columns.map(({ name, version }) => `${what}: ${name} ${version}`);
  const head = ["from", ...heads("resolves"), ...heads("reaches")];
  const rows = (columns[0]?.reach ?? []).map(({ from }, index) => {
    const cell = (key: "resolves" | "reaches") => columns.map(({ reach }) => reach[index]?.[key] || "-");
    return [`\`${from}\``, ...cell("resolves"), ...cell("reaches")];
  });
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

/** Inside of the machine: the table, into a file. */
async function inside(folder: string): Promise<void> {
  prepareInside(folder);
  // Podman wants higher limits than this machine may give.
  const limits = '["nofile=1024:1024", "nproc=1024:1024"]';
  await Bun.write(join(folder, "containers.conf"), `[containers]\ndefault_ulimits=${limits}\n`);
  const columns: Column[] = [];
  for (const name of ["estiba", "podman", "docker"] as const)
    columns.push({ name, ...(await measure(name, join(folder, name), join(folder, "containers.conf"))) });
  await Bun.write(join(folder, "table"), tableText(columns));
}

async function outside(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "estiba-reach-"));
  using _covered = makeCovered();
  try {
    const again = [process.execPath, import.meta.path, folder];
    const child = Bun.spawn([...OWN_MACHINE, ...again], { stdio: ["ignore", "inherit", "inherit"] });
    if ((await child.exited) !== 0) return 1;
    const page = await Bun.file(REACH_PAGE).text();
    const [before = "", rest = ""] = page.split(BEGIN);
    const table = await Bun.file(join(folder, "table")).text();
    await Bun.write(REACH_PAGE, `${before}${BEGIN}\n\n${table}\n${END}${rest.split(END)[1] ?? ""}`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [, , folder] = process.argv;
  if (folder === undefined) process.exit(await outside());
  await inside(folder);
  process.exit(0);
}
