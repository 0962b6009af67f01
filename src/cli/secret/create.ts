import { createSecret } from "../../engine/secret/create.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { keyValues } from "../container/options/values.ts";
import { clusterFiles, isOfCluster, LOCAL_OPTION } from "./cluster.ts";
import { readData } from "./read-data.ts";

export const command: Command = defineCommand({
  name: "secret create",
  summary: "Keep a secret from a file, stdin or a variable",
  usage: "[OPTIONS] NAME FILE|-",
  description:
    "The data lies in a file below Estiba's root that only root can read, unencrypted. Containers get it by --secret;\nthey keep what they were created with when it is replaced or removed. On a manager of a cluster the secret is the\ncluster's, encrypted in its state, for tasks: service create --secret; one that is replaced is so by a rolling update.",
  options: {
    driver: { kind: "string", short: "d", value: "file", help: "Driver; file is the only one" },
    env: { kind: "flag", help: "FILE is the name of a variable: read that" },
    ignore: { kind: "flag", help: "Leave a secret of that name as it is" },
    label: { kind: "list", short: "l", value: "KEY=VALUE", help: "Set a label" },
    ...LOCAL_OPTION,
    replace: { kind: "flag", help: "Take the place of a secret of that name" },
    "driver-opts": { kind: "refused", help: "the driver file has none: secrets lie below Estiba's root" },
    "template-driver": { kind: "refused", help: "nothing is filled in: a secret is what it is" },
  },
  args: [2, 2],
  complete: ["none", "file"],
  examples: [
    ["estiba secret create db-password ./password.txt", "from a file"],
    ["pass show db | estiba secret create db-password -", "from another program"],
    ["TOKEN=... estiba secret create --env token TOKEN", "from a variable"],
  ],
  async run(values, [name = "", source = ""], cli) {
    if (values.driver !== undefined && values.driver !== "file") throw otherDriver(values.driver);
    const data = values.env ? fromVariable(source) : await readData("secret", source);
    const existing = values.replace ? "replace" : values.ignore ? "keep" : "refuse";
    const labels = keyValues("--label", values.label);
    const engine = cli.engine();
    const asked = { name, data, labels, existing } as const;
    const { id } = isOfCluster(engine, values)
      ? await clusterFiles(engine, "secret").create(asked)
      : await createSecret(engine, asked);
    cli.out(`${id}\n`);
    return 0;
  },
});

function fromVariable(name: string): Uint8Array {
  const value = process.env[name];
  if (value !== undefined) return Buffer.from(value);
  throw new EstibaError("not_found", {
    reason: "secret.no_variable",
    what: `cannot create store secret data: environment variable ${name} is not set`,
    fix: `set and export it, or leave --env out for a file`,
  });
}

function otherDriver(driver: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "secret.driver",
    what: `the secret driver "${driver}" is not supported: file is the only one`,
    fix: "read the secret from the other keeper: pass show NAME | estiba secret create NAME -",
  });
}
