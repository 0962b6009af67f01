import type { Loaded } from "../../compose/load.ts";
import { COMPOSE_VERSION } from "../../compose/plan/names.ts";
import type { ArtifactFile } from "../../engine/artifact/push.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { pushBuilt } from "./push.ts";
import { openSession, type Session } from "./session.ts";

const OPTIONS = {
  app: { kind: "refused", help: "images stay where they are; publish names them, and push pushes them" },
  "insecure-registry": { kind: "flag", help: "Any certificate, or plain HTTP", hidden: true },
  "oci-version": {
    kind: "string",
    value: "VERSION",
    choices: ["1.0", "1.1"],
    help: "Specification of the artifact (default what the registry takes)",
  },
  "resolve-image-digests": { kind: "flag", help: "Pin the images to their digests" },
  "with-env": { kind: "flag", help: "Publish env files and variables, without asking" },
  yes: { kind: "flag", short: "y", help: "Say yes to every question" },
} as const;

export const command: Command = defineCommand({
  name: "compose publish",
  summary: "Publish a project's files as an artifact in a registry",
  usage: "[OPTIONS] REPOSITORY[:TAG]",
  description:
    "Whoever may read it brings the project up by: estiba compose -f oci://REPOSITORY:TAG up. Asks first about what may be nobody else's business: bind mounts, env files, values that look like secrets. Images that are built are pushed, too.",
  options: OPTIONS,
  args: [1, 1],
  examples: [["estiba compose publish registry.example/shop:2", "the project in this folder"]],
  async run(values, [repository = ""], cli) {
    const session = openSession(cli);
    const loaded = await session.load({ profiles: ["*"] });
    const { preparePublication } = await import("../../compose/publish/publication.ts");
    const { questions, files } = await preparePublication(loaded, values["with-env"]);
    if (!values.yes && questions.length > 0) await requireConsent(questions);
    await pushBuilt(session, loaded.project, { quiet: false, ignoreFailures: true });
    const tell = (text: string): void => cli.err(`${session.dryRun ? " DRY-RUN MODE - " : ""} ${repository} ${text}\n`);
    tell("publishing");
    await publish(session, { loaded, repository, values, files });
    tell("published");
    return 0;
  },
});

type Publishing = {
  readonly loaded: Loaded;
  readonly repository: string;
  readonly values: Values<typeof OPTIONS>;
  readonly files: (pinned: Loaded["project"] | undefined) => ArtifactFile[];
};

async function publish({ cli, dryRun }: Session, { loaded, repository, values, files }: Publishing): Promise<void> {
  const { projectReference } = await import("../../compose/files/remote.ts");
  const reference = projectReference(repository);
  using interrupt = catchInterrupt();
  const { signal } = interrupt;
  const pinned = values["resolve-image-digests"]
    ? await (await import("../../compose/pin-images.ts")).pinImages(cli.engine(), loaded.project, signal)
    : undefined;
  if (dryRun) return;
  const { pushArtifact } = await import("../../engine/artifact/push.ts");
  const { EMPTY_CONFIG_TYPE, PROJECT_TYPE } = await import("../../compose/publish/artifact-files.ts");
  await pushArtifact({
    reference,
    type: PROJECT_TYPE,
    configType: EMPTY_CONFIG_TYPE,
    files: files(pinned),
    version: values["oci-version"] as "1.0" | "1.1" | undefined,
    annotations: {
      "org.opencontainers.image.created": new Date().toISOString(),
      "com.docker.compose.version": COMPOSE_VERSION,
    },
    verifyTls: values["insecure-registry"] ? false : undefined,
    signal,
  });
}

async function requireConsent(questions: readonly string[]): Promise<void> {
  const { confirmAll } = await import("../confirm.ts");
  if (await confirmAll(questions)) return;
  throw new EstibaError("cancelled", {
    reason: "compose.not_published",
    what: "nothing is published",
    fix: "take out what is private, or say yes; -y says yes to everything",
  });
}
