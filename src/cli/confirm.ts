import { createInterface } from "node:readline/promises";

/** Asks whether to go on, on stderr; anything but yes, and an end of input, means no. */
export async function confirm(question = "Are you sure you want to continue?"): Promise<boolean> {
  return await confirmAll([question]);
}

/** Asks several, one after the other, until one is denied; true when none was. */
export async function confirmAll(questions: readonly string[]): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A line that comes before its question is asked must not get lost, as it does between two interfaces.
  const answers = terminal[Symbol.asyncIterator]();
  try {
    for (const question of questions) {
      terminal.setPrompt(`${question} [y/N] `);
      terminal.prompt();
      const { value, done } = await answers.next();
      if (done === true || !/^y(es)?$/i.test(value.trim())) return false;
    }
    return true;
  } finally {
    terminal.close();
  }
}
