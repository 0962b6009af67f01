const WIDTH = 80;
const INDENT = 2;
const TIME_WIDTH = 8;

export type ShellOptions = {
  readonly env: Readonly<Record<string, string>>;
  /** Long or changing parts of a command and what is shown for them. */
  readonly shown: ReadonlyMap<string, string>;
};

/** Runs commands as a reader would type them, and shows each with what it says and the time it takes. */
export class Shell {
  readonly #options: ShellOptions;
  #totalMs = 0;

  constructor(options: ShellOptions) {
    this.#options = options;
  }

  /** Milliseconds that all commands took together. */
  get totalMs(): number {
    return this.#totalMs;
  }

  /** Runs a command to its end; its output is shown, at most `most` lines of it, and returned. A failure throws with what it said. */
  async run(argv: readonly string[], { most = 6 }: { most?: number } = {}): Promise<string> {
    const started = performance.now();
    const child = Bun.spawn([...argv], { env: this.#options.env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    this.#show(`$ ${argv.map(quote).join(" ")}`, performance.now() - started);
    if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${err}${out}`);
    const lines = `${err}${out}`
      .trimEnd()
      .split("\n")
      .filter((line) => line !== "");
    for (const line of lines.slice(0, most))
      console.log(" ".repeat(INDENT) + this.#shorten(line).slice(0, WIDTH - INDENT));
    if (lines.length > most) console.log(`${" ".repeat(INDENT)}(${lines.length - most} more lines)`);
    return out;
  }

  /** Does something that is no command, shown by its name. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.#show(name, performance.now() - started);
    return result;
  }

  #show(line: string, elapsedMs: number): void {
    this.#totalMs += elapsedMs;
    const text = this.#shorten(line);
    const time = `${(elapsedMs / 1000).toFixed(3)} s`.padStart(TIME_WIDTH);
    const width = WIDTH - TIME_WIDTH - 1;
    // A command too long for one line goes on below, as a shell would take it.
    const rows = wrap(text, width - 2);
    const last = rows.pop() ?? "";
    for (const row of rows) console.log(`${row} \\`);
    console.log(`${last.padEnd(width)} ${time}`);
  }

  #shorten(text: string): string {
    let shorter = text;
    for (const [long, short] of this.#options.shown) shorter = shorter.replaceAll(long, short);
    return shorter;
  }
}

function wrap(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.match(/'[^']*'|[^ ]+/g) ?? []) {
    if (row !== "" && row.length + 1 + word.length > width) {
      rows.push(row);
      row = `    ${word}`;
    } else row = row === "" ? word : `${row} ${word}`;
  }
  return [...rows, row];
}

function quote(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
