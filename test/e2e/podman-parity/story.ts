// The text form of recorded command lines. A story is a file of these lines:
//   # a remark
//   % a set-up command, run by sh; what it prints does not count
//   $ a command line, run by sh; below it what it printed and how it ended:
//   > a line of stdout      (`>\` ends output without a line feed)
//   ! a line of stderr
//   exit 125                (left out for 0)

/** How a command ended and what it printed, normalised. */
export type Outcome = { readonly stdout: string; readonly stderr: string; readonly code: number };

/** One command of a story with the remarks above it. */
export type Step = {
  readonly remarks: readonly string[];
  readonly command: string;
  /** Only there for its effect. */
  readonly setUp: boolean;
  readonly outcome: Outcome;
};

export type Story = { readonly name: string; readonly steps: readonly Step[]; readonly closing: readonly string[] };

/** Reads a story. Throws for a line that is none of the forms above. */
export function parseStory(name: string, text: string): Story {
  const steps: { remarks: string[]; command: string; setUp: boolean; lines: string[] }[] = [];
  let remarks: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) remarks.push(line);
    else if (line.startsWith("$ ") || line.startsWith("% ")) {
      steps.push({ remarks, command: line.slice(2), setUp: line.startsWith("%"), lines: [] });
      remarks = [];
    } else steps.at(-1)?.lines.push(line);
  }
  return {
    name,
    steps: steps.map(({ lines, ...step }) => ({ ...step, outcome: parseOutcome(lines) })),
    closing: remarks,
  };
}

/** Writes a story as it is read. */
export function printStory({ steps, closing }: Story): string {
  const lines = steps.flatMap(({ remarks, command, setUp, outcome }) => [
    ...remarks,
    `${setUp ? "%" : "$"} ${command}`,
    ...(setUp ? [] : printOutcome(outcome)),
  ]);
  return [...lines, ...closing].join("\n");
}

/** The lines below a command. */
export function printOutcome({ stdout, stderr, code }: Outcome): string[] {
  return [...printStream(">", stdout), ...printStream("!", stderr), ...(code === 0 ? [] : [`exit ${code}`])];
}

function printStream(mark: string, text: string): string[] {
  if (text === "") return [];
  const ended = text.endsWith("\n");
  const lines = (ended ? text.slice(0, -1) : text).split("\n").map((line) => (line === "" ? mark : `${mark} ${line}`));
  return ended ? lines : [...lines, `${mark}\\`];
}

/** Reads what {@link printOutcome} wrote. */
export function parseOutcome(lines: readonly string[]): Outcome {
  const code = lines.find((line) => line.startsWith("exit "));
  for (const line of lines)
    if (!/^(?:[>!](?: |\\$|$)|exit \d+$)/.test(line)) throw new Error(`no part of a story: "${line}"`);
  return { stdout: readStream(">", lines), stderr: readStream("!", lines), code: Number(code?.slice(5) ?? 0) };
}

function readStream(mark: string, lines: readonly string[]): string {
  const own = lines.filter((line) => line.startsWith(mark));
  const ended = own.at(-1) !== `${mark}\\`;
  const text = (ended ? own : own.slice(0, -1)).map((line) => line.slice(2)).join("\n");
  return ended && own.length > 0 ? `${text}\n` : text;
}

/** The commands of a story that count, each with a name of its own: `[story] command`, numbered where it comes again. */
export function keysOf({ name, steps }: Story): Map<string, Step> {
  const keys = new Map<string, Step>();
  for (const step of steps) {
    if (step.setUp) continue;
    const key = `[${name}] ${step.command}`;
    let number = 1;
    while (keys.has(number === 1 ? key : `${key} (${number})`)) number++;
    keys.set(number === 1 ? key : `${key} (${number})`, step);
  }
  return keys;
}
