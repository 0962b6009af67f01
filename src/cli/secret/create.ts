import { closeSync, openSync, readSync } from "node:fs";
import { createSecret, MAX_SECRET_BYTES } from "../../engine/secret/create.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { keyValues } from "../container/options/values.ts";

export const command: Command = defineCommand({
  name: "secret create",
  summary: "Keep a secret from a file, stdin or a variable",
  usage: "[OPTIONS] NAME FILE|-",
  description:
    "The data lies in a file below Estiba's root that only root can read, unencrypted. Containers get it by --secret;\nthey keep what they were created with when it is replaced or removed.",
  options: {
    driver: { kind: "string", short: "d", value: "file", help: "Driver; file is the only one" },
    env: { kind: "flag", help: "FILE is the name of a variable: read that" },
    ignore: { kind: "flag", help: "Leave a secret of that name as it is" },
    label: { kind: "list", short: "l", value: "KEY=VALUE", help: "Set a label" },
    replace: { kind: "flag", help: "Take the place of a secret of that name" },
    "driver-opts": { kind: "refused", help: "the driver file has none: secrets lie below Estiba's root" },
    "template-driver": { kind: "refused", help: "templates in secrets are Swarm's, which Estiba has not" },
  },
  args: [2, 2],
  complete: "file",
  examples: [
    ["estiba secret create db-password ./password.txt", "from a file"],
    ["pass show db | estiba secret create db-password -", "from another program"],
    ["TOKEN=... estiba secret create --env token TOKEN", "from a variable"],
  ],
  async run(values, [name = "", source = ""], cli) {
    if (values.driver !== undefined && values.driver !== "file") throw otherDriver(values.driver);
    const data = await dataOf(source, values.env);
    const existing = values.replace ? "replace" : values.ignore ? "keep" : "refuse";
    const labels = keyValues("--label", values.label);
    const { id } = await createSecret(cli.engine(), { name, data, labels, existing });
    cli.out(`${id}\n`);
    return 0;
  },
});

async function dataOf(source: string, isVariable: boolean): Promise<Uint8Array> {
  if (isVariable) return fromVariable(source);
  return source === "-" ? await fromStdin() : fromFile(source);
}

function fromVariable(name: string): Uint8Array {
  const value = process.env[name];
  if (value !== undefined) return Buffer.from(value);
  throw new EstibaError("not_found", {
    reason: "secret.no_variable",
    what: `cannot create store secret data: environment variable ${name} is not set`,
    fix: `set and export it, or leave --env out for a file`,
  });
}

async function fromStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY) throw nothingToRead();
  const chunks: Uint8Array[] = [];
  for await (const chunk of Bun.stdin.stream()) if (!add(chunks, chunk)) break;
  return Buffer.concat(chunks);
}

function fromFile(path: string): Uint8Array {
  const fd = openSync(path, "r");
  try {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const buffer = new Uint8Array(64 * 1024);
      const length = readSync(fd, buffer);
      if (length === 0 || !add(chunks, buffer.subarray(0, length))) return Buffer.concat(chunks);
    }
  } finally {
    closeSync(fd);
  }
}

// More is not needed to know that it is too much: a device may never end.
function add(chunks: Uint8Array[], chunk: Uint8Array): boolean {
  chunks.push(chunk);
  return chunks.reduce((sum, { length }) => sum + length, 0) < MAX_SECRET_BYTES;
}

function otherDriver(driver: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "secret.driver",
    what: `the secret driver "${driver}" is not supported: file is the only one`,
    fix: "read the secret from the other keeper: pass show NAME | estiba secret create NAME -",
  });
}

function nothingToRead(): EstibaError {
  return new EstibaError("invalid", {
    reason: "secret.no_input",
    what: "if `-` is used, data must be passed into stdin",
    fix: "use a pipe: printf %s VALUE | estiba secret create NAME -",
  });
}
