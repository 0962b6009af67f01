import { isDeepStrictEqual } from "node:util";
import type { EngineAddress } from "../../client/address.ts";
import { ApiClient } from "../../client/api-client.ts";
import { ensureService } from "../../client/own-service.ts";
import { addressOfContext, addressOfHost } from "../../client/resolve.ts";
import { SYSTEM_RUN_ROOT } from "../../config/paths.ts";
import { EstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import type { Command, Options, Values } from "../command.ts";
import type { Cli } from "../context.ts";
import type { Elsewhere } from "../elsewhere.ts";
import type { GLOBAL_OPTIONS } from "../globals.ts";
import { ownCommand } from "../own-command.ts";
import { parseCommandLine } from "../parse.ts";
import type { Found } from "../usual-commands.ts";
import { checkArguments } from "../words.ts";
import type { RemoteVerb } from "./verb.ts";
import { REMOTE_VERBS } from "./verbs.ts";

type Called = {
  readonly globals: Values<typeof GLOBAL_OPTIONS>;
  readonly found: Found;
  readonly command: Command;
  readonly cli: Cli;
};

/**
 * Runs a command at an engine elsewhere. Its words are read as here, but without what this machine's containers.conf says. Throws
 * `unsupported` for a command, and for an option, that does not go there.
 */
export async function runElsewhere(elsewhere: Elsewhere, { globals, found, command, cli }: Called): Promise<number> {
  const load = REMOTE_VERBS[found.entry.names[0] ?? ""];
  if (load === undefined) throw notThere(found.name, elsewhere);
  refuseRoots(globals, elsewhere);
  const stopAtFirst = command.stopAtFirst === true;
  const prefix = `estiba ${found.name}`;
  const parsed = parseCommandLine(found.rest, command.options, { stopAtFirst, prefix });
  checkArguments(parsed.args, command, found.name);
  const verb = await load();
  refuseOptions(parsed.values, verb, {
    command,
    prefix,
    why: `does not go to an engine elsewhere, and ${elsewhere.said} names one`,
    fix: `leave it out; or ${elsewhere.fix} to work here`,
  });
  const address = addressOf(elsewhere, globals);
  using client = new ApiClient(address, {
    version: process.env["DOCKER_API_VERSION"] || undefined,
    ...("service" in elsewhere && address.kind === "unix" ? { revive: reviver(address.path, cli) } : {}),
  });
  logDebug(() => `${found.name} goes to ${elsewhere.said}`);
  return await verb.run(parsed.values, parsed.args, { out: cli.out, err: cli.err, warn: cli.warn, client });
}

// This machine's own service is there when it is needed.
function reviver(socket: string, { globals }: Cli): () => Promise<boolean> {
  return async () => {
    await ensureService({ socket, command: ownCommand(globals) });
    return true;
  };
}

function addressOf(elsewhere: Elsewhere, globals: Called["globals"]): EngineAddress {
  if ("service" in elsewhere) {
    const runRoot = globals.runroot ?? (process.env["ESTIBA_RUNROOT"] || SYSTEM_RUN_ROOT);
    return { kind: "unix", path: `${runRoot}/estiba.sock` };
  }
  if ("context" in elsewhere) return addressOfContext(elsewhere.context, process.env);
  const choice = {
    tls: globals.tls ? true : undefined,
    verify: globals.tlsverify ? true : undefined,
    ca: globals.tlscacert,
    cert: globals.tlscert,
    key: globals.tlskey,
  };
  return addressOfHost(elsewhere.host, choice, process.env);
}

// They say where this machine's engine keeps its things.
function refuseRoots(globals: Called["globals"], { said, ...place }: Elsewhere): void {
  if ("service" in place) return;
  const name = (["root", "runroot", "runtime", "conmon"] as const).find((option) => globals[option] !== undefined);
  if (name === undefined) return;
  throw new EstibaError("invalid", {
    reason: "cli.roots_elsewhere",
    what: `--${name} is for this machine's engine, and ${said} names another`,
    fix: "leave one of them out",
  });
}

type Refusing = {
  readonly command: Command;
  readonly prefix: string;
  readonly why: string;
  readonly fix: string;
};

/** Throws `unsupported` for an option that a verb has here, and not elsewhere. */
export function refuseOptions(
  values: Values<Options>,
  { options }: Pick<RemoteVerb, "options">,
  { command, prefix, why, fix }: Refusing,
): void {
  const nothing = parseCommandLine([], command.options, { stopAtFirst: false, prefix }).values;
  const wrong = Object.keys(values).find(
    (name) => !Object.hasOwn(options, name) && !isDeepStrictEqual(values[name], nothing[name]),
  );
  if (wrong === undefined) return;
  throw new EstibaError("unsupported", {
    reason: "cli.option_elsewhere",
    what: `${prefix}: --${wrong} ${why}`,
    fix,
    details: { option: `--${wrong}` },
  });
}

function notThere(name: string, { said, fix }: Elsewhere): EstibaError {
  return new EstibaError("unsupported", {
    reason: "cli.not_elsewhere",
    what: `\`estiba ${name}\` works on this machine only, and ${said} names another engine`,
    fix: `${fix} to work here`,
  });
}
