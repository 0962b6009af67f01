// `npm run install:bin`: the binary, its completions, its man pages and its units for systemd, below PREFIX (default /usr/local).
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { asRoot } from "./privilege.ts";

const BINARY: string = join(import.meta.dir, "../dist/estiba");
const UNITS: string = join(import.meta.dir, "../packaging/systemd");
const PREFIX: string = process.env["PREFIX"] ?? "/usr/local";

/** Where each shell looks below a prefix. */
const COMPLETIONS = {
  bash: "share/bash-completion/completions/estiba",
  zsh: "share/zsh/site-functions/_estiba",
  fish: "share/fish/vendor_completions.d/estiba.fish",
} as const;

function run(argv: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], { stdin: "inherit" });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} failed: ${stderr.toString().trim()}`);
  return stdout.toString();
}

function isWritable(path: string): boolean {
  if (!existsSync(path)) return isWritable(dirname(path));
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EACCES") return false;
    throw error;
  }
}

/** Copies a file as `install -D` does: a binary that is running keeps its old file. */
function place(source: string, target: string, mode: string): void {
  const path = join(PREFIX, target);
  run([...privilegeFor(path), "install", "-D", "-m", mode, source, path]);
}

/** As {@link place}, but written in one piece, so that the kernel can map it by huge pages (ADR 26): `install` writes many small ones. */
function placeBinary(): void {
  const path = join(PREFIX, "bin/estiba");
  const privilege = privilegeFor(path);
  const fresh = `${path}.new`;
  run([...privilege, "install", "-D", "-m", "755", "/dev/null", fresh]);
  run([...privilege, "dd", `if=${BINARY}`, `of=${fresh}`, "bs=1G", "iflag=fullblock", "status=none"]);
  run([...privilege, "mv", "-f", "-T", fresh, path]);
}

function privilegeFor(path: string): readonly string[] {
  return isWritable(dirname(path)) ? [] : asRoot();
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "estiba-install-"));
  try {
    placeBinary();
    console.log(`  ${join(PREFIX, "bin/estiba")}`);
    for (const [shell, target] of Object.entries(COMPLETIONS)) {
      const script = join(folder, shell);
      await Bun.write(script, run([BINARY, "completion", shell]));
      place(script, target, "644");
      console.log(`  ${join(PREFIX, target)}`);
    }
    const pages = run([BINARY, "man", "--dir", join(folder, "man1")])
      .trim()
      .split("\n");
    for (const page of pages) place(join(folder, "man1", page), `share/man/man1/${page}`, "644");
    console.log(`  ${join(PREFIX, "share/man/man1")}/ (${pages.length} pages)`);
    for (const unit of readdirSync(UNITS)) {
      const text = await Bun.file(join(UNITS, unit)).text();
      await Bun.write(join(folder, unit), text.replaceAll("@BINDIR@", join(PREFIX, "bin")));
      place(join(folder, unit), `lib/systemd/system/${unit}`, "644");
      console.log(`  ${join(PREFIX, "lib/systemd/system", unit)}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
