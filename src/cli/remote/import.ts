import { createReadStream } from "node:fs";
import type { ProgressLine } from "../../client/answers.ts";
import { progressLines, splitReference } from "../../client/transfers.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { change: "list", message: "string", quiet: "flag" },
  async run(values, [source = "", reference], remote) {
    using interrupt = catchInterrupt();
    const isAddress = /^https?:\/\//.test(source);
    const named = reference === undefined ? undefined : splitReference(reference);
    const lines = remote.client.objects<ProgressLine>("POST", "/images/create", {
      query: {
        fromSrc: isAddress ? source : "-",
        repo: named?.name,
        tag: named?.tag,
        changes: values.change,
        message: values.message,
      },
      ...(isAddress ? {} : { body: source === "-" ? Bun.stdin.stream() : createReadStream(source) }),
      signal: interrupt.signal,
    });
    for await (const { status } of progressLines(lines))
      if (status?.startsWith("sha256:") === true) remote.out(`${status}\n`);
    return 0;
  },
});
