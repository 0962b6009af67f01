import type { ProgressLine } from "../../client/answers.ts";
import { progressLines } from "../../client/transfers.ts";
import { EstibaError } from "../../lib/error.ts";
import { openBuildFiles } from "../build/context.ts";
import { ulimitsOf } from "../container/options/ulimits.ts";
import { keyValues, sizeOf } from "../container/options/values.ts";
import { writeAll } from "../context.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { packContext } from "./build-context.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

const OPTIONS = {
  "add-host": "list",
  "build-arg": "list",
  file: "list",
  "force-rm": "flag",
  ignorefile: "string",
  iidfile: "string",
  label: "list",
  network: "string",
  "no-cache": "flag",
  platform: "list",
  pull: "string",
  quiet: "flag",
  rm: "flag",
  "shm-size": "string",
  "squash-all": "flag",
  tag: "list",
  target: "string",
  ulimit: "list",
} as const;

export const verb: RemoteVerb = defineRemote({
  options: OPTIONS,
  async run(values, [context], remote) {
    using interrupt = catchInterrupt();
    const { signal } = interrupt;
    const source = await sourceOf(context, values, signal);
    const lines = remote.client.objects<ProgressLine>("POST", "/build", {
      query: {
        ...source.query,
        t: values.tag,
        buildargs: JSON.stringify(Object.fromEntries(values["build-arg"].map(buildArgument))),
        labels: JSON.stringify(keyValues("--label", values.label)),
        extrahosts: values["add-host"],
        networkmode: values.network,
        nocache: values["no-cache"],
        pull: values.pull === "always" || values.pull === "true" || values.pull === "newer",
        q: values.quiet,
        rm: true,
        forcerm: true,
        squash: values["squash-all"],
        target: values.target,
        platform: values.platform.join(",") || undefined,
        shmsize: sizeOf("--shm-size", values["shm-size"]),
        ulimits: ulimitsJson(values.ulimit),
        version: "1",
      },
      ...(source.body === undefined ? {} : { body: source.body }),
      headers: { "Content-Type": "application/x-tar" },
      signal,
    });
    const id = await showBuild(remote, lines, values.quiet);
    if (values.iidfile !== undefined) await Bun.write(values.iidfile, id);
    remote.out(`${id.replace(/^sha256:/, "")}\n`);
    return 0;
  },
});

type Source = {
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body?: AsyncIterable<Uint8Array>;
};

// The engine fetches what is elsewhere by itself; stdin goes as it is; a folder without what the ignore file leaves out.
async function sourceOf(
  context: string | undefined,
  { file: files, ignorefile }: { readonly file: readonly string[]; readonly ignorefile: string | undefined },
  signal: AbortSignal,
): Promise<Source> {
  const [file] = files;
  if (context === "-") return { query: { dockerfile: file }, body: Bun.stdin.stream() };
  if (context !== undefined && /^(https?|git|ssh):\/\/|^git@/.test(context))
    return { query: { dockerfile: file, remote: context } };
  using held = new DisposableStack();
  const engine = (): never => {
    throw new EstibaError("unsupported", {
      reason: "cli.context_elsewhere",
      what: `"${context ?? "."}" is no folder: an engine elsewhere builds from a folder, stdin or an address`,
      fix: "send an archive to stdin: estiba build - < context.tar",
    });
  };
  const asked = { context, files, ignoreFile: ignorefile, namedContexts: [], keepGitDir: false };
  const opened = await openBuildFiles(asked, { cli: { engine }, signal, held });
  return packContext(opened);
}

/** Shows what the engine says; resolves to the image's id. */
async function showBuild(remote: Remote, lines: AsyncIterable<ProgressLine>, quiet: boolean): Promise<string> {
  const seen: { id?: string } = {};
  try {
    for await (const { stream, status, aux } of progressLines(lines)) {
      const id =
        (aux as { ID?: string } | undefined)?.ID ?? (quiet ? /^sha256:\w+/.exec(stream ?? "")?.[0] : undefined);
      if (id !== undefined) seen.id = id;
      if (quiet) continue;
      if (stream !== undefined) writeAll(2, stream);
      else if (status !== undefined) remote.err(`${status}\n`);
    }
  } catch (error) {
    throw commandFailed(error);
  }
  if (seen.id !== undefined) return seen.id;
  throw new EstibaError("internal", { reason: "client.no_image", what: "the build has ended without an image" });
}

// The code of the command is the exit code, as here.
function commandFailed(error: unknown): unknown {
  if (!(error instanceof EstibaError) || typeof error.details["exitCode"] !== "number") return error;
  return new EstibaError("wrong_state", {
    reason: "build.command_failed",
    what: error.message,
    details: error.details,
  });
}

function buildArgument(text: string): [string, string | null] {
  const equals = text.indexOf("=");
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  return [text, process.env[text] ?? null];
}

function ulimitsJson(list: readonly string[]): string | undefined {
  if (list.length === 0) return undefined;
  const limits = Object.entries(ulimitsOf(list));
  return JSON.stringify(limits.map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })));
}
