import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage } from "../../../build/build.ts";
import type { BuildEvent } from "../../../build/events.ts";
import type { BuildRequest } from "../../../build/request.ts";
import { pruneBuilds } from "../../../engine/prune-builds.ts";
import { describeError, isEstibaError } from "../../../lib/error.ts";
import { familiarName } from "../../../views/docker/image-name.ts";
import { badRequest, fromClient } from "../../http/api-error.ts";
import { parseJsonObject } from "../../http/body.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { progressReply } from "../image/progress.ts";
import { cancellable } from "./cancel.ts";
import { buildWords, isFetched } from "./words.ts";

/** `POST /build` */
export async function build(call: Call): Promise<Reply> {
  const { query, engine, service } = call;
  const remote = query.text("remote");
  if (remote !== undefined && !isFetched(remote))
    throw badRequest(`remote: "${remote}" is no address that a build can come from`);
  using held = new DisposableStack();
  const words = [...buildWords(query), ...loginWords(call, held)];
  const { signal } = held.use(cancellable(call));
  const surroundings = { engine, input: call.body, signal, held };
  const request = await fromClient(async () => await service.buildFromWords(words, remote ?? "-", surroundings));
  const kept = held.move();
  return await progressReply(buildLines(call, request, kept));
}

/** The logins that came with the request, in a file for this build alone. */
export function loginWords({ headers }: Call, held: DisposableStack): string[] {
  const header = headers["x-registry-config"];
  if (typeof header !== "string" || header === "") return [];
  const text = Buffer.from(header.replaceAll("-", "+").replaceAll("_", "/"), "base64").toString("utf8");
  const logins = Object.entries(parseJsonObject(text === "" ? "{}" : text)).flatMap(([host, login]) => {
    const { username = "", password = "" } = (login ?? {}) as { username?: string; password?: string };
    return username === ""
      ? []
      : [[host, { auth: Buffer.from(`${username}:${password}`).toString("base64") }] as const];
  });
  if (logins.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "estiba-logins-"));
  held.defer(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "auth.json");
  writeFileSync(file, JSON.stringify({ auths: Object.fromEntries(logins) }), { mode: 0o600 });
  return [`--authfile=${file}`];
}

async function* buildLines({ engine, query }: Call, request: BuildRequest, kept: DisposableStack): AsyncGenerator {
  using _held = kept;
  const quiet = query.flag("q");
  const building = buildImage(engine, request);
  const state = { begun: false };
  const linesOf = lineWriter();
  try {
    for (;;) {
      const { done, value } = await building.next();
      if (done !== true) {
        state.begun ||= value.kind === "begin";
        if (!quiet) yield* linesOf(value);
        continue;
      }
      if (quiet) {
        yield { stream: `sha256:${value.id}\n` };
        return;
      }
      yield { aux: { ID: `sha256:${value.id}` } };
      yield { stream: `Successfully built ${value.id.slice(0, 12)}\n` };
      for (const name of request.names) yield { stream: `Successfully tagged ${familiarName(name)}\n` };
      return;
    }
  } catch (error) {
    // Of a Dockerfile that makes no sense the status tells.
    if (!state.begun) throw error;
    yield failure(error);
  } finally {
    await building.return(undefined as never);
  }
}

/** Tells of events line by line. How many steps there are is known when the second of a stage begins: until then the first is kept. */
function lineWriter(): (event: BuildEvent) => Generator {
  const first = new Map<string | undefined, string>();
  return function* (event) {
    if (event.kind === "begin") {
      const { stage, title, number, of } = event;
      if (of === 0) {
        first.set(stage, title);
        return;
      }
      yield* keptLine(first, stage, of);
      yield { stream: `Step ${number}/${of} : ${title}` };
      yield { stream: "\n" };
      return;
    }
    if (event.kind === "image" || event.kind === "failed")
      for (const stage of first.keys()) yield* keptLine(first, stage, 1);
    yield* lineOf(event);
  };
}

function* keptLine(first: Map<string | undefined, string>, stage: string | undefined, of: number): Generator {
  const title = first.get(stage);
  if (title === undefined) return;
  first.delete(stage);
  yield { stream: `Step 1/${of} : ${title}` };
  yield { stream: "\n" };
}

function* lineOf(event: Exclude<BuildEvent, { kind: "begin" }>): Generator {
  switch (event.kind) {
    case "output":
      yield { stream: Buffer.from(event.bytes).toString("utf8") };
      return;
    case "end":
      if (event.cached) yield { stream: " ---> Using cache\n" };
      if (event.layer !== undefined) yield { stream: ` ---> ${event.layer.replace("sha256:", "").slice(0, 12)}\n` };
      return;
    case "warning":
      yield { stream: `[Warning] ${event.text}\n` };
      return;
    case "pull":
    case "failed":
    case "image":
  }
}

// Clients look for the code.
function failure(error: unknown): unknown {
  const code = isEstibaError(error) ? error.details["exitCode"] : undefined;
  const message =
    typeof code === "number"
      ? `The command '${/^process "(.*)" did not/s.exec(error instanceof Error ? error.message : "")?.[1] ?? ""}' returned a non-zero code: ${code}`
      : describeError(error);
  return { errorDetail: { ...(typeof code === "number" ? { code } : {}), message }, error: message };
}

/** `POST /build/prune` */
export async function pruneBuild({ engine, query }: Call): Promise<Reply> {
  const pruned = await pruneBuilds(engine, { all: query.flag("all"), usedBefore: undefined });
  return ok({ CachesDeleted: [], SpaceReclaimed: pruned.bytes });
}
