import { createReadStream } from "node:fs";
import type { ProgressLine } from "../../client/answers.ts";
import { progressLines } from "../../client/transfers.ts";
import { EstibaError } from "../../lib/error.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { input: "string", quiet: "flag" },
  async run({ input }, _args, remote) {
    if (input === undefined && process.stdin.isTTY) throw nothingToRead();
    using interrupt = catchInterrupt();
    const lines = remote.client.objects<ProgressLine>("POST", "/images/load", {
      query: { quiet: true },
      body: input === undefined ? Bun.stdin.stream() : createReadStream(input),
      headers: { "Content-Type": "application/x-tar" },
      signal: interrupt.signal,
    });
    for await (const { stream = "" } of progressLines(lines)) remote.out(stream);
    return 0;
  },
});

function nothingToRead(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.no_input",
    what: "stdin is a terminal: there is no archive to read",
    fix: "use -i FILE, or: estiba load < FILE",
  });
}
