import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, type TestEngine } from "../../fixtures/engine.ts";
import { type FixtureImage, makeImage, runTool } from "../../fixtures/image.ts";
import { normalize, withoutRemarks } from "./normalize.ts";
import { parseStory, type Step, type Story } from "./story.ts";

const STORIES: string = join(import.meta.dir, "stories");

/** Who plays: the program that the stories call `podman`, with its roots in the words. */
export type Player = {
  readonly argv: readonly string[];
  /** Made here; holds nothing else. */
  readonly folder: string;
  /** Folders that may stand in the output, and their names. */
  readonly places: readonly (readonly [string, string])[];
};

/** Estiba as a player, on an engine of its own. */
export function estibaPlayer(engine: TestEngine): Player {
  return {
    argv: engine.argv([]),
    folder: engine.path("player"),
    places: [
      [engine.root, "<root>"],
      [engine.runRoot, "<runroot>"],
      [engine.folder, "<folder>"],
    ],
  };
}

/** Names of all stories, in order. */
export function storyNames(): string[] {
  return readdirSync(STORIES)
    .map((file) => file.replace(/\.txt$/, ""))
    .sort();
}

export function storyPath(name: string): string {
  return join(STORIES, `${name}.txt`);
}

export async function readStory(name: string): Promise<Story> {
  return parseStory(name, await Bun.file(storyPath(name)).text());
}

/** The images that stories find. The same files give the same layers and configurations in both programs. */
export async function storyImages(folder: string): Promise<FixtureImage[]> {
  const app = {
    name: "app:1",
    layers: [{ files: { "data/hello": "hello\n", "etc/app.conf": "answer=42\n" } }],
    process: {
      cmd: ["World"],
      entrypoint: ["/bin/echo", "Hello"],
      env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "COLOUR=red"],
      exposedPorts: ["80/tcp", "53/udp"],
      labels: { maker: "estiba", purpose: "tests" },
      stopSignal: "SIGINT",
      user: "1000:1000",
      volumes: ["/data"],
      workingDir: "/tmp",
    },
  };
  return [await makeImage(join(folder, "bb"), {}), await makeImage(join(folder, "app"), app)];
}

/** Loads the images and makes the folder that commands run in. */
export async function prepare(player: Player): Promise<void> {
  for (const folder of ["bin", "work", "images"]) mkdirSync(join(player.folder, folder), { recursive: true });
  const words = player.argv.map((word) => `'${word}'`).join(" ");
  const program = join(player.folder, "bin", "podman");
  writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`);
  chmodSync(program, 0o755);
  for (const { layout } of await storyImages(join(player.folder, "images"))) {
    await runTool(["tar", "-C", layout, "-cf", `${layout}.tar`, "."]);
    await runTool([program, "load", "-q", "-i", `${layout}.tar`]);
  }
}

/** Runs every command of a story, in a work folder of its own, and gives the steps with the outcomes found. */
export async function play(story: Story, player: Player): Promise<Story> {
  const cwd = join(player.folder, "work", story.name);
  mkdirSync(cwd, { recursive: true });
  const steps: Step[] = [];
  for (const step of story.steps) steps.push(await playStep(step, player, cwd));
  rmSync(cwd, { recursive: true, force: true });
  return { ...story, steps };
}

async function playStep(step: Step, player: Player, cwd: string): Promise<Step> {
  const env = { PATH: `${join(player.folder, "bin")}:${process.env["PATH"]}`, HOME: player.folder, NO_COLOR: "1" };
  const { code, stdout, stderr } = await runCommand(["sh", "-c", step.command], { cwd, env });
  const places = [[cwd, "<here>"], ...player.places] as const;
  return {
    ...step,
    outcome: { stdout: normalize(stdout, places), stderr: withoutRemarks(normalize(stderr, places)), code },
  };
}
