import { copyIn, copyOut } from "../../client/copy/copy.ts";
import { EstibaError } from "../../lib/error.ts";
import { writeArchive } from "../image/archive-output.ts";
import { containerPath } from "./select.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { archive: "flag", "follow-link": "flag", overwrite: "flag", quiet: "flag" },
  async run(values, [from = "", to = ""], remote) {
    const [source, target] = [placeOf(from), placeOf(to)];
    const how = { archive: values.archive, overwrite: values.overwrite, follow: values["follow-link"] };
    if (source.container !== undefined && target.container !== undefined) throw oneSide("between two containers");
    if (target.container !== undefined)
      await into(remote, source.path, { ...target, container: target.container }, how);
    else if (source.container !== undefined)
      await outOf(remote, { ...source, container: source.container }, target.path, how);
    else throw oneSide("without a container");
    return 0;
  },
});

type Inside = { readonly container: string; readonly path: string };
type How = { readonly archive: boolean; readonly overwrite: boolean; readonly follow: boolean };

async function into({ client }: Remote, hostPath: string, { container, path }: Inside, how: How): Promise<void> {
  if (hostPath !== "-") {
    await copyIn(client, encodeURIComponent(container), { hostPath, path, ...how });
    return;
  }
  await client.act("PUT", containerPath(container, "archive"), {
    query: { path, noOverwriteDirNonDir: how.overwrite ? undefined : true, copyUIDGID: how.archive },
    body: Bun.stdin.stream(),
    headers: { "Content-Type": "application/x-tar" },
  });
}

async function outOf({ client }: Remote, { container, path }: Inside, hostPath: string, how: How): Promise<void> {
  if (hostPath !== "-") {
    await copyOut(client, encodeURIComponent(container), { hostPath, path, ...how });
    return;
  }
  const { body } = await client.request("GET", containerPath(container, "archive"), { query: { path } });
  await writeArchive(body, undefined);
}

/** `CONTAINER:PATH`, else one of this host's. */
function placeOf(text: string): { readonly container?: string; readonly path: string } {
  const colon = text.indexOf(":");
  if (text === "-" || colon < 1 || /^[/.]/.test(text)) return { path: text };
  const path = text.slice(colon + 1);
  return { container: text.slice(0, colon), path: path === "" ? "/" : path };
}

function oneSide(how: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "copy.no_container",
    what: `nothing can be copied ${how} when the engine is elsewhere: one side must be a container, the other this host's`,
    fix: "for example: estiba cp web:/etc/hosts .",
  });
}
