import { dirname } from "node:path";
import type { ArtifactFile } from "../../engine/artifact/push.ts";
import { EstibaError } from "../../lib/error.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { writeYaml } from "../../lib/yaml/write.ts";
import type { Loaded } from "../load.ts";
import type { Project } from "../project.ts";
import { artifactFiles, ENV_FILE_TYPE } from "./artifact-files.ts";
import { type PublicText, questionsAbout } from "./questions.ts";
import { readWritten, type Written } from "./written.ts";

/** A project that is ready to be published. */
export type Publication = {
  /** What somebody has to say yes to. */
  readonly questions: readonly string[];
  /** The files; `pinned` is the project with its images' digests, where these go with it. */
  readonly files: (pinned: Project | undefined) => ArtifactFile[];
};

/**
 * Reads what a project's publication consists of: its files as they are written, those that services extend, with `withEnv` the env files.
 * Throws `invalid` for what others could not use: services that are only built, files that are included, a file from stdin.
 */
export async function preparePublication(loaded: Loaded, withEnv: boolean): Promise<Publication> {
  const { project, projectDirectory, environment } = loaded;
  refuseOnlyBuilt(project);
  if (loaded.files.includes("-")) throw cannot("a project that comes from stdin cannot be published", "name its file");
  const read = async (path: string, folder: string): Promise<Written> => {
    const written = await readWritten(path, folder, environment);
    if (written.included === undefined) return written;
    const what = "cannot publish compose file with local includes";
    const fix = "publish the included project too, and include it as oci://...";
    throw problemAt(written.included.origin, { reason: "compose.cannot_publish", what, fix });
  };
  const files = await Promise.all(loaded.files.map(async (path) => await read(path, projectDirectory)));
  const bases = await basesOf(files, async (path) => await read(path, dirname(path)));
  const given = { files, bases, withEnv };
  const plain = artifactFiles({ ...given, pins: undefined });
  const questions = questionsAbout(project, [...files, ...bases], { withEnv, texts: textsOf(plain, given) });
  return {
    questions,
    files: (pinned) => (pinned === undefined ? plain : artifactFiles({ ...given, pins: pinsOf(pinned) })),
  };
}

/** The files that services of others extend, each once. */
async function basesOf(files: readonly Written[], read: (path: string) => Promise<Written>): Promise<Written[]> {
  const found = new Map<string, Written>();
  const own = new Set(files.map(({ path }) => path));
  const waiting = files.flatMap(({ bases }) => bases);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (found.has(next.path) || own.has(next.path)) continue;
    const written = await read(next.path);
    found.set(next.path, written);
    waiting.push(...written.bases);
  }
  return [...found.values()];
}

function textsOf(plain: readonly ArtifactFile[], { files, bases }: Record<"files" | "bases", readonly Written[]>) {
  const compose = [...files, ...bases].map(({ source }): PublicText => source);
  const env = plain.filter(({ mediaType }) => mediaType === ENV_FILE_TYPE);
  return [
    ...compose,
    ...env.map(({ bytes }): PublicText => ({ name: "env_file", text: Buffer.from(bytes).toString() })),
  ];
}

/** An override that says nothing but the images. */
function pinsOf({ services }: Project): string {
  const images = Object.entries(services).flatMap(([name, { image }]) =>
    image === undefined ? [] : [[name, { image }]],
  );
  return writeYaml({ services: Object.fromEntries(images) });
}

function refuseOnlyBuilt({ services }: Project): void {
  const names = Object.entries(services)
    .filter(([, { image, build }]) => image === undefined && build !== undefined)
    .map(([name]) => `- "${name}"`);
  if (names.length === 0) return;
  throw cannot(
    `your Compose stack cannot be published as it only contains a build section for service(s):\n${names.join("\n")}`,
    "give each an image too, under which it is pushed",
  );
}

function cannot(what: string, fix: string): EstibaError {
  return new EstibaError("invalid", { reason: "compose.cannot_publish", what, fix });
}
