import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { type Command, defineCommand } from "../command.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

const KUBERNETES = "docker.io/docker/compose-bridge-kubernetes";

export const command: Command = defineCommand({
  name: "compose bridge convert",
  summary: "Convert a project into another model, by an image that does so",
  usage: "[OPTIONS]",
  description:
    "The image is run with the project as one file at /in/compose.yaml, texts of secrets and configs in it, and leaves what it makes in /out. Without an image named it is Docker's one for Kubernetes. `estiba kube generate` needs none.",
  options: {
    output: {
      kind: "string",
      short: "o",
      value: "DIR",
      help: "Folder of the outcome (default out)",
      complete: "directory",
    },
    templates: {
      kind: "string",
      value: "DIR",
      help: "Templates for the image, as its /templates",
      complete: "directory",
    },
    transformation: { kind: "list", short: "t", value: "IMAGE", help: "Image that converts; several are run in order" },
    yes: { kind: "flag", short: "y", help: "Empty the folder of the outcome without asking" },
  },
  args: [0, 0],
  complete: "none",
  examples: [["estiba compose bridge convert -t registry.example/to-helm -o chart", "by an image of one's own"]],
  async run(values, _args, cli) {
    const session = openSession(cli);
    const loaded = await session.load();
    await runOther(cli, (await import("./pull.ts")).command, ["--policy", "missing", "--ignore-buildable"]);
    const { convertible } = await import("../../compose/convertible.ts");
    const { text, warnings } = convertible(cli.engine(), loaded, session.namingOf(loaded.project.name));
    for (const warning of warnings) cli.warn(warning);
    const output = resolve(values.output ?? "out");
    await emptyFolder(output, values.yes);
    const input = mkdtempSync(join(tmpdir(), "compose-convert-"));
    try {
      writeFileSync(join(input, "compose.yaml"), text, { mode: 0o600 });
      for (const image of values.transformation.length > 0 ? values.transformation : [KUBERNETES]) {
        const code = await runOther(cli, (await import("../run.ts")).command, [
          "--rm",
          ...given("--user", process.getuid?.()),
          ...given("--env", "LICENSE_AGREEMENT=true"),
          ...given("--volume", [`${input}:/in`, `${output}:/out`]),
          ...given("--volume", values.templates === undefined ? undefined : `${resolve(values.templates)}:/templates`),
          image,
        ]);
        if (code !== 0) return code;
      }
    } finally {
      rmSync(input, { recursive: true, force: true });
    }
    return 0;
  },
});

/** Makes a folder that has nothing in it; one that has is only emptied by somebody's consent. */
async function emptyFolder(path: string, yes: boolean): Promise<void> {
  if (entriesOf(path) > 0) {
    const { confirm } = await import("../confirm.ts");
    const question = `Output directory '${path}' is not empty, all its content will be permanently deleted. Continue?`;
    if (!yes && !(await confirm(question)))
      throw new EstibaError("cancelled", {
        reason: "compose.output_kept",
        what: `the folder ${path} has something in it, and nobody said that it may go`,
        fix: "choose another one by --output, or say yes; -y says it beforehand",
      });
    rmSync(path, { recursive: true });
  }
  mkdirSync(path, { recursive: true, mode: 0o744 });
}

function entriesOf(path: string): number {
  try {
    return readdirSync(path).length;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return 0;
    throw error;
  }
}
