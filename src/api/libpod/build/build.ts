import { copyFileSync, lstatSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildImage } from "../../../build/build.ts";
import { plainLine } from "../../../build/plain-line.ts";
import type { BuildRequest } from "../../../build/request.ts";
import type { BuildSecrets } from "../../../build/secrets.ts";
import { csvFields } from "../../../lib/csv-fields.ts";
import { loginWords } from "../../docker/build/build.ts";
import { badRequest, fromClient } from "../../http/api-error.ts";
import { type Call, jsonLines, type Reply } from "../../http/call.ts";
import type { Query } from "../../http/query.ts";
import { registryOptions, withErrors } from "../image/transfer.ts";
import { buildWords, jsonList } from "./words.ts";

/** `POST /libpod/build`: the context is the body; what happens is told as text, and the id is the last line. */
export async function build(call: Call): Promise<Reply> {
  const { query, engine, signal, service, body } = call;
  using held = new DisposableStack();
  const words = [...buildWords(query), ...loginWords(call, held), ...credentialWords(call)];
  const surroundings = { engine, input: body, signal, held };
  const request = await fromClient(async () => await service.buildFromWords(words, "-", surroundings));
  const whole = { ...request, secrets: { ...request.secrets, secrets: takeSecrets(query, request, held) } };
  const kept = held.move();
  return jsonLines(withErrors(buildLines(call, whole, kept)));
}

function credentialWords(call: Call): string[] {
  const { credentials, verifyTls } = registryOptions(call);
  return [
    ...(credentials === undefined ? [] : [`--creds=${credentials.username}:${credentials.password}`]),
    ...(verifyTls === undefined ? [] : [`--tls-verify=${verifyTls}`]),
  ];
}

/**
 * Secrets come as files in the context, under names that the client has made up: they are taken out of it, so that no step copies them into
 * the image. (Clients of version 4 send them twice, the second time under their whole path.)
 */
function takeSecrets(query: Query, { context }: BuildRequest, held: DisposableStack): BuildSecrets["secrets"] {
  const texts = jsonList(query, "secrets");
  if (texts.length === 0) return new Map();
  const folder = mkdtempSync(join(tmpdir(), "estiba-secrets-"));
  held.defer(() => rmSync(folder, { recursive: true, force: true }));
  return new Map(
    texts.map((text) => {
      const fields = new Map(
        csvFields(text).map((field) => [field.split("=")[0], field.slice(field.indexOf("=") + 1)]),
      );
      const [id, name] = [fields.get("id"), fields.get("src") ?? fields.get("source")];
      if (id === undefined || name === undefined || name !== basename(name))
        throw badRequest("secrets: id=ID,src=NAME");
      const file = join(folder, name);
      // No link: it would lead to files of this host.
      if (lstatSync(join(context, name), { throwIfNoEntry: false })?.isFile() !== true)
        throw badRequest(`secrets: the context has no file "${name}"`);
      copyFileSync(join(context, name), file);
      removeNamed(context, name);
      return [id, { file }] as const;
    }),
  );
}

/** Removes the files of a name from a folder and those below it, and folders that were there for them alone. */
function removeNamed(folder: string, name: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name === name && !entry.isDirectory()) rmSync(path);
    if (!entry.isDirectory()) continue;
    const before = readdirSync(path).length;
    removeNamed(path, name);
    if (before > 0 && readdirSync(path).length === 0) rmdirSync(path);
  }
}

async function* buildLines({ engine, query }: Call, request: BuildRequest, kept: DisposableStack): AsyncGenerator {
  using _held = kept;
  const quiet = query.flag("q");
  const building = buildImage(engine, request);
  const text = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await building.next();
      if (done === true) {
        yield { stream: `${value.id}\n` };
        return;
      }
      const line = value.kind === "output" ? text.decode(value.bytes, { stream: true }) : plainLine(value);
      // The client takes an empty line for no answer at all.
      if (!quiet && line !== "") yield { stream: line };
    }
  } finally {
    await building.return(undefined as never);
  }
}
