import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Lan } from "../fixtures/cluster/lan.ts";
import type { Machine } from "../fixtures/cluster/machine.ts";
import { BINARY, eventually, IMAGE, type TestEngine } from "../fixtures/engine.ts";
import { ETCD, TestEtcd } from "../fixtures/etcd.ts";
import { buildVersion } from "../fixtures/other-version.ts";
import { makeMachine, NO_SSHD, useSshd } from "../fixtures/ssh.ts";

/** A machine that is provisioned, and the folder of the ssh that finds it. */
type Far = { readonly bare: BareMachine; readonly near: string };
type Made = { readonly lan: Lan; readonly manager: TestEngine; readonly etcd: readonly TestEtcd[] } & {
  readonly worker: Far;
  readonly another: Far;
};

const NO_SUDO = Bun.which("sudo") === null ? " (skipped: sudo is not installed)" : "";

/** `admin` may do all there; `asker` as well, when it is asked for its password. */
const USERS = [
  "mkdir /run/etc /run/etc-work",
  "mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc",
  "for user in admin asker; do useradd --no-log-init $user; usermod -p '*' $user; done",
  "mkdir -p /etc/sudoers.d",
  "echo 'admin ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/admin",
  "echo 'asker ALL=(ALL) ALL' > /etc/sudoers.d/asker",
  'echo "127.0.0.1 $(hostname)" >> /etc/hosts',
];

/** A machine with files of its own where Estiba's are, which are gone with it: nothing of Estiba is there. */
class BareMachine implements AsyncDisposable {
  readonly enter: readonly string[];
  readonly #holder: Bun.Subprocess<"pipe", "pipe", "inherit">;

  private constructor(enter: readonly string[], holder: Bun.Subprocess<"pipe", "pipe", "inherit">) {
    this.enter = enter;
    this.#holder = holder;
  }

  static async make(machine: Machine): Promise<BareMachine> {
    const mounts = ["/var/lib", "/usr/local", "/run"].map((path) => `mount -t tmpfs tmpfs ${path}`);
    const script = [...mounts, "mkdir /run/sshd", ...USERS, "echo there", "exec cat"].join(" && ");
    const argv = [...machine.enter, "unshare", "--mount", "--propagation", "private", "--", "sh", "-c", script];
    const holder = Bun.spawn(argv, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    const { done } = await holder.stdout.getReader().read();
    if (done) throw new Error("the machine cannot be made");
    return new BareMachine(["nsenter", `--target=${holder.pid}`, "--net", "--uts", "--mount", "--"], holder);
  }

  run(...argv: string[]): { code: number; stdout: string } {
    const { exitCode, stdout } = Bun.spawnSync([...this.enter, ...argv]);
    return { code: exitCode, stdout: stdout.toString().trim() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#holder.exited;
  }
}

const held: { made?: Made } = {};

function made(): Made {
  if (held.made === undefined) throw new Error("the machines are made before the first test");
  return held.made;
}

async function makeFar(lan: Lan, index: number, folder: string): Promise<Far> {
  const machine = lan.machines[index];
  if (machine === undefined) throw new Error("three machines are made");
  const bare = await BareMachine.make(machine);
  return { bare, near: await makeMachine(join(folder, machine.name), {}, bare.enter) };
}

useSshd();
beforeAll(async () => {
  if (NO_SSHD !== undefined || ETCD === null) return;
  const lan = await Lan.make(["manager1", "bare", "bare2"]);
  const [first] = lan.machines;
  if (first === undefined) throw new Error("three machines are made");
  const manager = first.engine();
  // Whoever comes reads the keys that may come as the one who comes.
  chmodSync(manager.folder, 0o711);
  await manager.load();
  const etcd = await TestEtcd.startOn([first]);
  const [worker, another] = [await makeFar(lan, 1, manager.folder), await makeFar(lan, 2, manager.folder)];
  held.made = { lan, manager, etcd, worker, another };
  const store = etcd.flatMap(({ endpoint }) => ["--etcd", endpoint]);
  await manager.ok(["swarm", "init", "--listen-addr", "0.0.0.0", ...store]);
}, 120_000);
afterAll(async () => {
  if (held.made === undefined) return;
  const { lan, manager, etcd, worker, another } = made();
  for (const { bare } of [worker, another]) {
    bare.run("/usr/local/bin/estiba", "swarm", "leave", "--force");
    await bare[Symbol.asyncDispose]();
  }
  await manager.run(["swarm", "leave", "--force"]);
  await manager.dispose();
  for (const member of etcd) await member[Symbol.asyncDispose]();
  await lan[Symbol.asyncDispose]();
}, 120_000);

async function provision({ near }: Far, ...words: string[]) {
  const env = { PATH: `${near}:${process.env["PATH"]}` };
  return await made().manager.run(["node", "provision", ...words], { env });
}

const missing = NO_SSHD ?? (ETCD === null ? "etcd is not installed" : undefined);
const title = `a machine with nothing of Estiba, by ssh${missing === undefined ? "" : ` (skipped: ${missing})`}`;

describe.skipIf(missing !== undefined)(title, () => {
  test("what cannot be done is said before anything is changed there", async () => {
    const other = made().manager.path("other");
    writeFileSync(other, "#!/bin/sh\necho 'runtime: there is none. Install one'\n");
    chmodSync(other, 0o755);
    for (const [words, said] of [
      [["-o"], "unknown"],
      [["a b"], "a machine such as root@10.0.0.6"],
      [["--path", "/a b", "box"], "an absolute path"],
      [["lost"], "on lost ended with exit code 255"],
      [["stranger"], "Host key verification failed"],
      [["--binary", other, "--path", "/usr/local/bin/other", "box"], "runtime: there is none. Install one"],
    ] as const) {
      const { code, stderr } = await provision(made().worker, ...words);
      expect([words, code, stderr]).toEqual([words, 125, expect.stringContaining(said)]);
    }
    expect(made().worker.bare.run("ls", "/usr/local/bin/estiba").code).not.toBe(0);
    expect(await made().manager.ok(["node", "ls", "-q"])).not.toContain("\n");
  });

  test("it gets the binary and joins, and tasks run on it; the token is in nobody's command line", async () => {
    const { manager, worker } = made();
    const { bare, near } = worker;
    const token = await manager.ok(["swarm", "join-token", "-q", "worker"]);
    // Whatever ssh is told stands in its command line.
    const log = manager.path("ssh-words");
    const real = readFileSync(join(near, "ssh"), "utf8");
    writeFileSync(join(near, "ssh"), real.replace("exec ", `printf '%s\\n' "$@" >> ${log}\nexec `));
    const { code, stdout, stderr } = await provision(made().worker, "root@box");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("installing /usr/local/bin/estiba") });
    expect(stderr).toContain("This node joined a swarm as a worker.");
    const words = readFileSync(log, "utf8");
    expect([words.includes("swarm join"), words.includes(token)]).toEqual([true, false]);
    const id = stdout.trim();
    expect(await manager.ok(["node", "ls", "--format", "{{.ID}} {{.Hostname}} {{.Status}}"])).toContain(
      `${id} bare Ready`,
    );
    expect(bare.run("cmp", BINARY, "/usr/local/bin/estiba").code).toBe(0);
    const archive = manager.path("image.tar");
    await manager.ok(["save", "-o", archive, IMAGE]);
    expect(bare.run("/usr/local/bin/estiba", "load", "-q", "-i", archive).code).toBe(0);
    const there = ["-q", "--name", "web", "--constraint", `node.id==${id}`, "--update-monitor", "300ms"];
    await manager.ok(["service", "create", ...there, "--stop-grace-period", "0s", IMAGE, "sleep", "1000"]);
    await eventually(
      () => bare.run("/usr/local/bin/estiba", "ps", "--format", "{{.Names}}").stdout,
      (names) => names.startsWith("web.1."),
    );
  });

  test("a second time nothing is done; with another binary the node goes on as that, with the same containers", async () => {
    const { worker, manager } = made();
    const { bare } = worker;
    const id = (await manager.ok(["node", "ls", "-q", "--filter", "role=worker"])).trim();
    const again = await provision(made().worker, "root@box");
    expect(again).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(again.stderr).toContain("/usr/local/bin/estiba is there already");
    expect(again.stderr).toContain("it is a node of this cluster already");
    const containers = (): string => bare.run("/usr/local/bin/estiba", "ps", "--format", "{{.Names}} {{.Pid}}").stdout;
    const before = containers();
    const later = await buildVersion(manager.path("later"), "9.9.9");
    const upgraded = await provision(made().worker, "--binary", later, "root@box");
    expect(upgraded).toMatchObject({ code: 0, stdout: `${id}\n` });
    await eventually(
      async () =>
        await manager.ok(["node", "ls", "--filter", "role=worker", "--format", "{{.Status}} {{.EngineVersion}}"]),
      (row) => row === "Ready 9.9.9",
      20_000,
    );
    expect(containers()).toBe(before);
  }, 120_000);

  test.skipIf(NO_SUDO !== "")(
    `a user who is not root comes by sudo, also for a manager; where that asks a password it is said what to do${NO_SUDO}`,
    async () => {
      const { manager, another } = made();
      const refused = await provision(another, "asker@box");
      expect([refused.code, refused.stderr]).toEqual([
        125,
        expect.stringContaining("asker cannot become root on bare2 without being asked: sudo: a password is required"),
      ]);
      expect(refused.stderr).toContain('"asker ALL=(ALL) NOPASSWD: ALL"');
      expect(another.bare.run("ls", "/usr/local/bin/estiba").code).not.toBe(0);
      const { code, stdout, stderr } = await provision(another, "--role", "manager", "admin@box");
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("joined a swarm as a manager") });
      const row = ["node", "ls", "--filter", "name=bare2", "--format", "{{.ID}} {{.Status}} {{.ManagerStatus}}"];
      await eventually(
        async () => await manager.ok(row),
        (shown) => shown === `${stdout.trim()} Ready Reachable`,
        20_000,
      );
      // What was installed and made is root's.
      expect(another.bare.run("stat", "-c", "%U %a", "/usr/local/bin/estiba", "/var/lib/estiba/cluster").stdout).toBe(
        "root 755\nroot 700",
      );
    },
    120_000,
  );
});
