import { createInterface } from "node:readline/promises";

/** Asks whether to go on, on stderr; anything but yes, and an end of input, means no. */
export async function confirm(question = "Are you sure you want to continue?"): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
