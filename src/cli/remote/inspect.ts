import { inPath } from "../../client/transfers.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { printDocuments } from "../inspect.ts";
import { selectContainers } from "./select.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

type Kind = "container" | "image" | "volume" | "network";

const PATHS: Readonly<Record<Kind, (name: string) => string>> = {
  container: (name) => `/containers/${encodeURIComponent(name)}/json`,
  image: (name) => `/images/${inPath(name)}/json`,
  volume: (name) => `/volumes/${encodeURIComponent(name)}`,
  network: (name) => `/networks/${encodeURIComponent(name)}`,
};
const KINDS = Object.keys(PATHS) as Kind[];

export const verb: RemoteVerb = defineRemote({
  options: { format: "string", latest: "flag", size: "flag", type: "string" },
  async run({ type = "all", ...values }, args, remote) {
    const kinds = KINDS.filter((kind) => type === "all" || type === kind);
    return await inspectEach(remote, args, { ...values, kinds });
  },
});

export const containerVerb: RemoteVerb = defineRemote({
  options: { format: "string", latest: "flag", size: "flag" },
  run: async (values, args, remote) => await inspectEach(remote, args, { ...values, kinds: ["container"] }),
});

export const imageVerb: RemoteVerb = ofOneKind("image");
export const networkVerb: RemoteVerb = ofOneKind("network");
export const volumeVerb: RemoteVerb = ofOneKind("volume");

function ofOneKind(kind: Kind): RemoteVerb {
  return defineRemote({
    options: { format: "string" },
    run: async ({ format }, args, remote) =>
      await inspectEach(remote, args, { format, latest: false, size: false, kinds: [kind] }),
  });
}

type Request = {
  readonly format: string | undefined;
  readonly latest: boolean;
  readonly size: boolean;
  readonly kinds: readonly Kind[];
};

// The documents are the engine's own, as Docker's API has them.
async function inspectEach(remote: Remote, args: readonly string[], request: Request): Promise<number> {
  const { latest, format, kinds } = request;
  const names = latest ? await selectContainers(remote, args, { latest }) : args;
  const documents: object[] = [];
  let code = 0;
  for (const name of names) {
    try {
      documents.push(
        await documentOf(remote, name, latest ? { ...request, kinds: ["container"] } : { ...request, kinds }),
      );
    } catch (error) {
      remote.err(formatError(error).replace(/^Error: /, "Error: inspecting object: "));
      code = exitCodeOf(error);
    }
  }
  await printDocuments(remote, documents, format);
  return code;
}

async function documentOf({ client }: Remote, name: string, { kinds, size }: Request): Promise<object> {
  for (const kind of kinds) {
    try {
      return await client.json<object>("GET", PATHS[kind](name), { query: { size: size ? true : undefined } });
    } catch (error) {
      if (kinds.length === 1 || !isEstibaError(error, "not_found", "invalid")) throw error;
    }
  }
  throw new EstibaError("not_found", {
    reason: "cli.no_such_object",
    what: `no such object: "${name}"`,
    fix: "see: estiba ps --all, estiba images, estiba volume ls, estiba network ls",
    details: { name },
  });
}
