// Records the options of Podman and Docker, command by command, from their own help: `bun test/e2e/peers/record-flags.ts`.
// Run it where both are installed; docs/commands.md and its test are made from what it writes.
import { join } from "node:path";

type Flag = { readonly short?: string; readonly takesValue: boolean };
type PeerCommand = { readonly flags: Record<string, Flag> };
type Recorded = { readonly version: string; readonly commands: Record<string, PeerCommand> };

const SUB_COMMAND = /^ {2}([a-z][a-z-]*)\*? +\S/;
const OPTION = /^ {2,6}(?:-(\w), )? {0,4}--([a-z0-9-]+)(?: (\S+))? {2,}/;

async function helpOf(program: string, words: readonly string[]): Promise<string> {
  const child = Bun.spawn([program, ...words, "--help"], { stdout: "pipe", stderr: "ignore", stdin: "ignore" });
  return await new Response(child.stdout).text();
}

function subCommands(help: string): string[] {
  const names: string[] = [];
  let within = false;
  for (const line of help.split("\n")) {
    if (/^(?:[A-Z][a-z]+ )*Commands:$/.test(line)) within = true;
    else if (line.trim() !== "" && !line.startsWith("  ")) within = false;
    const name = within ? SUB_COMMAND.exec(line)?.[1] : undefined;
    if (name !== undefined && name !== "help") names.push(name);
  }
  return names;
}

function flagsOf(help: string): Record<string, Flag> {
  const flags: Record<string, Flag> = {};
  for (const line of help.split("\n")) {
    const [, short, name, value] = OPTION.exec(`${line}  `) ?? [];
    if (name !== undefined && name !== "help")
      flags[name] = { ...(short === undefined ? {} : { short }), takesValue: value !== undefined };
  }
  return flags;
}

async function walk(program: string, words: readonly string[], into: Record<string, PeerCommand>): Promise<void> {
  const help = await helpOf(program, words);
  const subs = words.length < 2 ? subCommands(help) : [];
  if (words.length === 0 || subs.length === 0) into[words.join(" ")] = { flags: flagsOf(help) };
  for (const sub of subs) await walk(program, [...words, sub], into);
}

async function record(program: string): Promise<Recorded> {
  const version =
    (await new Response(Bun.spawn([program, "--version"]).stdout).text()).match(/\d+\.\d+\.\d+/)?.[0] ?? "";
  const commands: Record<string, PeerCommand> = {};
  await walk(program, [], commands);
  return { version, commands: Object.fromEntries(Object.entries(commands).toSorted(([a], [b]) => a.localeCompare(b))) };
}

const recorded = { podman: await record("podman"), docker: await record("docker") };
await Bun.write(join(import.meta.dir, "flags.json"), `${JSON.stringify(recorded)}\n`);
