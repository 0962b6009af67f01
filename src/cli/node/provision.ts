import unitText from "../../../packaging/systemd/estiba-node.service" with { type: "text" };
import { askNode, type NodeClient } from "../../cluster/door/client.ts";
import type { ClusterInfo, NodeSummary } from "../../cluster/door/wire.ts";
import { findBinary } from "../../config/binary.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { isHost } from "../ssh.ts";
import { enableUnit, type FarHost, installBinary, lookAt, restartNode } from "./far-host.ts";
import { type FarSide, reachFarSide } from "./far-side.ts";

const PATIENCE_MS = 30_000;
const LOOK_MS = 200;
/** As `uname -m` has what Bun calls so. */
const MACHINES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

export const command: Command = defineCommand({
  name: "node provision",
  summary: "Install Estiba on another machine, and have it join the cluster",
  usage: "[OPTIONS] [USER@]HOST",
  description:
    "By the ssh client of this machine: as its configuration says, which asks for what it has to ask and knows the host's\nkey. The binary of this machine is copied there, unless it is there already, and estiba doctor looks whether containers\ncan run; then the machine joins by a token that it reads from stdin. The user there is root, or may use sudo without a\npassword. With systemd there the node is a unit of it, and starts at boot. The id of the node is printed. A machine that\nis a node of this cluster already gets the binary of this one: its process begins anew, and its containers run on.",
  options: {
    role: { kind: "string", value: "ROLE", choices: ["worker", "manager"], help: "What it becomes (default worker)" },
    identity: { kind: "string", short: "i", value: "FILE", help: "The key that ssh uses", complete: "file" },
    manager: { kind: "string", value: "HOST:PORT", help: "Where it reaches this manager (default as join-token says)" },
    path: { kind: "string", value: "PATH", help: "Where the binary is put (default /usr/local/bin/estiba)" },
    binary: {
      kind: "string",
      value: "FILE",
      help: "The binary, for a machine of another architecture (default that of this one)",
      complete: "file",
    },
    quiet: { kind: "flag", short: "q", help: "Do not tell what is done" },
  },
  args: [1, 1],
  examples: [
    ["estiba node provision root@10.0.0.6", "a worker more"],
    ["estiba node provision --role manager -i ~/.ssh/admin ssh://admin@host2:2222", "a manager more"],
    ["estiba node provision root@10.0.0.6", "later: the version of this machine on that node, too"],
  ],
  async run(values, [host = ""], cli) {
    const { role = "worker", path = "/usr/local/bin/estiba" } = values;
    if (!isHost(host)) throw badOption("node provision", host, "a machine such as root@10.0.0.6");
    if (!/^(?:\/[\w.+-]+)+$/.test(path)) throw badOption("--path", path, "an absolute path such as /opt/estiba/estiba");
    const ask = await askNode(cli.engine());
    const { token, at } = await ask<{ token: string; at: string }>("POST", "/join-token", { rotate: false, role });
    using interrupt = catchInterrupt();
    await using far = reachFarSide(host, { identity: values.identity, signal: interrupt.signal });
    const tell = (text: string): void => (values.quiet ? undefined : cli.err(`${host}: ${text}\n`));
    const there = await lookAt(far, path);
    const isNew = await install(far, there, { path, binary: values.binary, tell });
    if (there.hasSystemd) await enableUnit(far, there, unitText.replace(/^ExecStart=\S+/m, `ExecStart=${path}`));
    const { clusterId } = await ask<ClusterInfo>("GET", "/info");
    if (there.membership?.clusterId === clusterId) {
      tell(`it is a node of this cluster${isNew ? ", and goes on with that binary" : " already"}`);
      if (isNew) await restartNode(far, there, path);
      cli.out(`${there.membership.nodeId}\n`);
      return 0;
    }
    const known = new Set((await nodes(ask)).map(({ node }) => node.id));
    const joined = await far.run(
      [...there.asRoot, path, "swarm", "join", "--token", "-", values.manager ?? at],
      `${token}\n`,
    );
    tell(joined.trim());
    cli.out(`${await arrival(ask, known, there.hostname)}\n`);
    return 0;
  },
});

type Installing = {
  readonly path: string;
  readonly binary: string | undefined;
  readonly tell: (text: string) => void;
};

/** Gives whether another binary was there before. */
async function install(far: FarSide, there: FarHost, { path, binary, tell }: Installing): Promise<boolean> {
  const file = binary ?? findBinary(undefined);
  const here = MACHINES[process.arch] ?? process.arch;
  if (binary === undefined && there.machine !== here) throw otherMachine(there.machine, here);
  const sha256 = await hashOf(file);
  if (there.binary === sha256) tell(`${path} is there already`);
  else {
    tell(`installing ${path} (${Math.round(Bun.file(file).size / 1e6)} MB)`);
    await installBinary(far, there, { path, file, sha256 });
  }
  // What is said of errors is shown; with them no task could run there.
  const format = '{{if eq .Level "error"}}{{.Check}}: {{.What}}. {{.Fix}}{{end}}';
  const found = await far.run([...there.asRoot, "sh", "-c", '"$1" doctor --format "$2" || true', "sh", path, format]);
  const errors = found.split("\n").filter((line) => line !== "");
  if (errors.length > 0) throw unfit(errors);
  return there.binary !== sha256;
}

async function hashOf(file: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(file).stream()) hash.update(chunk);
  return hash.digest("hex");
}

async function nodes(ask: NodeClient): Promise<NodeSummary[]> {
  return await ask<NodeSummary[]>("GET", "/nodes");
}

/** The id of the node that has come. Throws `unavailable` when it is not heard of. */
async function arrival(ask: NodeClient, known: ReadonlySet<string>, hostname: string): Promise<string> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await Bun.sleep(LOOK_MS)) {
    const come = (await nodes(ask)).find(
      ({ node }) => !known.has(node.id) && node.description.hostname === hostname && node.state === "ready",
    );
    if (come !== undefined) return come.node.id;
  }
  throw new EstibaError("unavailable", {
    reason: "node.not_heard_of",
    what: `${hostname} has joined the cluster, and is not heard of`,
    fix: "see what its process says: estiba system node, on that machine",
  });
}

function otherMachine(there: string, here: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "node.other_architecture",
    what: `the machine is ${there}, and the estiba of this one is for ${here}`,
    fix: "name one that runs there: --binary FILE",
  });
}

function unfit(errors: readonly string[]): EstibaError {
  return new EstibaError("unavailable", {
    reason: "node.unfit",
    what: `containers cannot run on that machine: ${errors.join("; ")}`,
    fix: "mend that there, then try again: estiba doctor",
  });
}
