import { expect, test } from "bun:test";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

/** A terminal that a program can look at: tmux, with a server of its own. */
class Screen implements AsyncDisposable {
  readonly #socket = engine.path("tmux");

  async tmux(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runCommand(["tmux", "-S", this.#socket, "-f", "/dev/null", ...args]);
    if (code !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  async open(columns: number, rows: number): Promise<void> {
    await this.tmux("new-session", "-d", "-x", String(columns), "-y", String(rows), "env PS1='host$ ' sh");
    await this.isBack();
  }

  async type(...keys: string[]): Promise<void> {
    await this.tmux("send-keys", ...keys);
  }

  async run(...words: string[]): Promise<void> {
    await this.type("-l", engine.argv(words).join(" "));
    await this.type("Enter");
  }

  async lines(): Promise<string[]> {
    return (await this.tmux("capture-pane", "-p")).split("\n").map((line) => line.trimEnd());
  }

  async shows(text: string): Promise<string[]> {
    return await eventually(
      () => this.lines(),
      (lines) => lines.join("\n").includes(text),
    );
  }

  /** The host's shell waits for the next line. */
  async isBack(): Promise<void> {
    await eventually(
      () => this.lines(),
      (lines) => lines.findLast((line) => line !== "") === "host$",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await runCommand(["tmux", "-S", this.#socket, "kill-server"]);
  }
}

test("an editor in a container: typed in, resized, left with the keys, found again as it was", async () => {
  await using screen = new Screen();
  await screen.open(80, 24);
  await screen.run("run", "-it", "--name", "ed", IMAGE, "sh");
  await screen.shows("/ #");
  await screen.type("vi /notes", "Enter");
  await screen.shows("/notes");
  await screen.type("i", "first line", "Enter", "second line");
  await screen.shows("second line");
  await screen.tmux("resize-window", "-x", "60", "-y", "15");
  await eventually(
    () => screen.lines(),
    (lines) => lines[0] === "first line" && lines[14]?.includes("/notes") === true,
  );
  await screen.tmux("resize-window", "-x", "80", "-y", "24");
  await eventually(
    () => screen.lines(),
    (lines) => lines[0] === "first line" && lines[23]?.includes("/notes") === true,
  );
  await screen.type("C-p", "C-q");
  await screen.shows("host$");
  await screen.type("clear", "Enter");
  await eventually(
    () => screen.lines(),
    (lines) => lines[0] === "host$",
  );
  await screen.run("attach", "ed");
  const found = await eventually(
    () => screen.lines(),
    (lines) => lines[0] === "first line" && lines[23]?.includes("/notes") === true,
  );
  expect(found.slice(0, 3)).toEqual(["first line", "second line", "~"]);
  await screen.type("Escape");
  // vi takes what comes at once after Escape for a key of its own.
  await Bun.sleep(300);
  await screen.type(":wq", "Enter");
  await screen.shows("/ #");
  await screen.type("cat /notes; stty size; sleep 1000", "Enter");
  await screen.shows("24 80");
  await screen.type("C-c");
  await screen.type("exit 5", "Enter");
  await screen.isBack();
  await screen.type("echo it was $?", "Enter");
  await screen.shows("it was 5");
  await screen.type("stty", "Enter");
  const after = await screen.shows("speed");
  expect(after.join("\n")).not.toContain("-icanon");
}, 60_000);
