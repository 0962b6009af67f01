import { writeFileSync } from "node:fs";
import type { ProgressLine } from "../../client/answers.ts";
import { inPath, progressLines, splitReference } from "../../client/transfers.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { showProgress } from "../image/progress.ts";
import { stepsOf } from "./pull-image.ts";
import { registryLogin } from "./registry-login.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    "all-tags": "flag",
    authfile: "string",
    creds: "string",
    digestfile: "string",
    "disable-content-trust": "flag",
    quiet: "flag",
  },
  async run(values, [image = "", destination], remote) {
    using interrupt = catchInterrupt();
    const target = destination?.replace(/^docker:\/\//, "") ?? image;
    const { name, tag } = splitReference(target);
    // The API pushes an image by its own names only.
    if (target !== image)
      await remote.client.act("POST", `/images/${inPath(image)}/tag`, { query: { repo: name, tag } });
    const lines = remote.client.objects<ProgressLine>("POST", `/images/${inPath(name)}/push`, {
      query: { tag: values["all-tags"] ? undefined : tag },
      // It must be there, if only to say that there is no login.
      headers: { "X-Registry-Auth": "e30=", ...(await registryLogin(target, values)) },
      signal: interrupt.signal,
    });
    const seen: { digest?: string } = {};
    await showProgress(remote, stepsOf(undefined, noting(progressLines(lines), seen)), values);
    if (!values.quiet && seen.digest !== undefined) remote.err(`Pushed ${target}: digest ${seen.digest}\n`);
    if (values.digestfile !== undefined && seen.digest !== undefined) writeFileSync(values.digestfile, seen.digest);
    return 0;
  },
});

async function* noting(lines: AsyncIterable<ProgressLine>, seen: { digest?: string }): AsyncGenerator<ProgressLine> {
  for await (const line of lines) {
    const digest = (line.aux as { Digest?: string } | undefined)?.Digest;
    if (digest !== undefined) seen.digest = digest;
    yield line;
  }
}
