// Where Estiba answers otherwise than Podman did, and why: differences.txt. It is a story of its own; each remark justifies the commands
// below it, and what stands below a command is what Estiba answers.
import { join } from "node:path";
import { keysOf, type Outcome, parseStory, printStory, type Step, type Story } from "./story.ts";

const FILE: string = join(import.meta.dir, "differences.txt");
const UNJUSTIFIED = "# TODO: justify, or mend Estiba.";

/** What Estiba answers to a command, and why it may. */
export type Difference = { readonly why: string; readonly outcome: Outcome };

/** The differences that are accepted, by the command's key. */
export async function readDifferences(): Promise<Map<string, Difference>> {
  const differences = new Map<string, Difference>();
  let why = "";
  for (const { remarks, command, outcome } of (await readFile()).steps) {
    const own = remarks.filter((line) => line.startsWith("# "));
    if (own.length > 0) why = own.map((line) => line.slice(2)).join(" ");
    if (differences.has(command)) throw new Error(`listed twice: ${command}`);
    differences.set(command, { why, outcome });
  }
  return differences;
}

/** What is wrong with a story as Estiba played it: one text per command that differs and is not listed so, or is listed and does not differ. */
export function judge(
  recorded: Story,
  played: Story,
  differences: ReadonlyMap<string, Difference>,
): { compared: number; faults: string[] } {
  const expected = keysOf(recorded);
  const faults: string[] = [];
  for (const [key, { outcome }] of keysOf(played)) {
    const podman = expected.get(key)?.outcome;
    const listed = differences.get(key);
    if (podman === undefined) throw new Error(`it was not recorded: ${key}`);
    const text = print(outcome);
    if (text === print(podman)) {
      if (listed !== undefined) faults.push(`${key}\nis listed in differences.txt, and no longer differs`);
    } else if (listed === undefined) faults.push(`${key}\npodman:\n${print(podman)}\nestiba:\n${text}`);
    else if (text !== print(listed.outcome))
      faults.push(`${key}\nlisted in differences.txt as:\n${print(listed.outcome)}\nbut now it is:\n${text}`);
  }
  return { compared: expected.size, faults };
}

/** Writes differences.txt anew from what was played: what no longer differs goes, and what differs newly stands at the end, to be justified. */
export async function acceptDifferences(pairs: readonly { recorded: Story; played: Story }[]): Promise<void> {
  const found = new Map<string, Step>();
  for (const { recorded, played } of pairs) {
    const expected = keysOf(recorded);
    for (const [key, step] of keysOf(played)) {
      const podman = expected.get(key);
      if (podman !== undefined && print(podman.outcome) !== print(step.outcome))
        found.set(key, { ...step, command: key, remarks: [] });
    }
  }
  const { steps, closing } = await readFile();
  const kept: Step[] = [];
  let pending: string[] = [];
  for (const { remarks, command } of steps) {
    // A remark outlives the command that stood first below it, but not all of them.
    if (remarks.some((line) => line.startsWith("# "))) pending = [...remarks];
    const step = found.get(command);
    if (step === undefined) continue;
    found.delete(command);
    kept.push({ ...step, remarks: pending });
    pending = [];
  }
  const fresh = [...found.values()].map((step, place) =>
    place === 0 ? { ...step, remarks: ["", UNJUSTIFIED] } : step,
  );
  await Bun.write(FILE, printStory({ name: "differences", steps: [...kept, ...fresh], closing }));
}

async function readFile(): Promise<Story> {
  const file = Bun.file(FILE);
  return parseStory("differences", (await file.exists()) ? await file.text() : "");
}

// The program's own name in a message is no difference.
function print({ stdout, stderr, code }: Outcome): string {
  const named = (text: string): string => text.replace(/\bestiba\b/g, "podman");
  return `${named(stdout)}--\n${named(stderr)}-- ${code}`;
}
