import { expect, test } from "bun:test";
import { join } from "node:path";
import { networkRoot } from "../../src/network/root-id.ts";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { seeded } from "../fixtures/kill-at-random.ts";
import { openBeside } from "../fixtures/open-beside.ts";
import { killHard, processesWith } from "../fixtures/supervision.ts";

const engine = useEngine();
const SLEEP = ["sleep", "1000"];

const removeAll = async (): Promise<void> => {
  await engine.ok(["rm", "-f", "-t", "0", "--all"]);
  await engine.ok(["network", "prune", "--force"]);
};
const addresses = async (container: string, name: string): Promise<string[]> => {
  const { stdout } = await engine.run(["exec", container, "nslookup", "-type=a", name]);
  return [...(stdout.split("\n\n")[1] ?? "").matchAll(/^Address: (\S+)$/gm)].map(([, address = ""]) => address);
};
const addressOn = async (container: string, network: string): Promise<string> =>
  await engine.ok(["inspect", "-f", `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, container]);
const containersOn = async (network: string): Promise<string[]> => {
  const [found] = JSON.parse(await engine.ok(["network", "inspect", network])) as { containers: object }[];
  return Object.keys(found?.containers ?? {});
};

test("an alias that is another container's name finds both, and each of them when the other is gone", async () => {
  await engine.ok(["network", "create", "net"]);
  const client = await engine.detached(["--network", "net"], ...SLEEP);
  await engine.detached(["--name", "db", "--network", "net"], ...SLEEP);
  await engine.detached(["--name", "other", "--network", "net", "--network-alias", "db"], ...SLEEP);
  const both = await addresses(client, "db");
  expect([both.length, new Set(both).size]).toEqual([2, 2]);
  await engine.ok(["rm", "-f", "-t", "0", "db"]);
  expect(await addresses(client, "db")).toEqual(await addresses(client, "other"));
  await removeAll();
});

test("a network without a free address says so, and its next container starts when one is given back", async () => {
  await engine.ok(["network", "create", "--subnet", "10.199.51.0/30", "tiny"]);
  const first = await engine.detached(["--network", "tiny"], ...SLEEP);
  const { code, stderr } = await engine.run(["run", "--rm", "--network", "tiny", IMAGE, "true"]);
  expect([code, stderr]).toEqual([125, expect.stringContaining('no address is free on the network "tiny"')]);
  await engine.ok(["rm", "-f", "-t", "0", first]);
  expect(await engine.ok(["run", "--rm", "--network", "tiny", IMAGE, "echo", "here"])).toBe("here");
  await removeAll();
});

test("system prune takes networks that no container has, and leaves the others", async () => {
  await engine.ok(["network", "create", "idle"]);
  await engine.ok(["network", "create", "busy"]);
  await engine.detached(["--network", "busy"], ...SLEEP);
  expect(await engine.ok(["system", "prune", "--force"])).toContain("Deleted Networks\nidle\n");
  expect(await engine.ok(["network", "ls", "-q"])).toBe("bridge\nbusy");
  await removeAll();
});

test("after a reboot networks are there, and a container starts on its own with its names and a lease of its own", async () => {
  await engine.ok(["network", "create", "--subnet", "10.199.52.0/24", "net"]);
  const options = ["--name", "web", "--network", "net:alias=www,ip=10.199.52.9", "-p", "127.0.0.1::80"];
  const id = await engine.detached(options, ...SLEEP);
  // What a power cut leaves: no process, and a run root of another boot; what the kernel had is gone.
  const init = Number(await engine.ok(["inspect", "-f", "{{.State.Pid}}", id]));
  for (const pid of [...processesWith("-c", id), init]) process.kill(pid, "SIGKILL");
  for (const pid of processesWith(engine.runRoot, "system", "names")) await killHard(pid);
  await eventually(
    () => processesWith("-c", id).length,
    (left) => left === 0,
  );
  const live = openBeside(join(engine.runRoot, "live.db"));
  live.run("UPDATE boot SET id = 'another'");
  live.close();
  const { table } = networkRoot(engine.runRoot);
  await runCommand(["nft", "delete", "table", "inet", table]);
  const bridge = (JSON.parse(await engine.ok(["network", "inspect", "net"])) as { network_interface: string }[])[0];
  await runCommand(["ip", "link", "delete", bridge?.network_interface ?? ""]);
  await engine.run(["system", "check", "--repair"]);
  await engine.ok(["start", "web"]);
  const client = await engine.detached(["--network", "net"], ...SLEEP);
  expect(await addresses(client, "www")).toEqual(["10.199.52.9"]);
  await removeAll();
});

test("whenever a start in a group is killed, nothing of its part in the port is left after repair", async () => {
  const random = seeded(process.pid);
  using server = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  const options = ["--publish-group", "g", "-p", `${port}:80`, "--stop-timeout", "0"];
  await engine.detached(["--name", "stays", ...options], ...SLEEP);
  for (let round = 0; round < 3; round++) {
    const child = Bun.spawn(engine.argv(["run", "-d", "--name", "victim", ...options, IMAGE, ...SLEEP]), {
      stdio: ["ignore", "ignore", "ignore"],
    });
    await Bun.sleep(random() * 120);
    child.kill("SIGKILL");
    await child.exited;
    // A program that it was just starting has its locks until it is exec'd: for that moment the container is in somebody's hands.
    await eventually(
      async () => {
        await engine.run(["system", "check", "--repair"]);
        return (await engine.run(["system", "check"])).stdout;
      },
      (found) => found === "",
    );
    await engine.run(["rm", "-f", "-t", "0", "victim"]);
    await engine.expectClean();
  }
  await removeAll();
}, 120_000);

test.each([
  ["disconnect", "net", []],
  ["connect", "other", ["net", "other"]],
])("%s beside the end of the container is heeded by its next start", async (verb, network, left) => {
  const random = seeded(20_261_126);
  await engine.ok(["network", "create", "net"]);
  await engine.ok(["network", "create", "other"]);
  for (let round = 0; round < 15; round++) {
    await engine.detached(["--name", "box", "--network", "net"], ...SLEEP);
    const killing = engine.ok(["kill", "box"]);
    await Bun.sleep(random() * 12);
    await engine.ok(["network", verb, network, "box"]);
    await killing;
    expect(await engine.ok(["wait", "box"])).toBe("137");
    await engine.ok(["start", "box"]);
    const names = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}";
    const present = (await engine.ok(["inspect", "-f", names, "box"])).split(" ").filter((name) => name !== "");
    expect(present).toEqual(left);
    await engine.ok(["rm", "-f", "-t", "0", "box"]);
  }
  await engine.expectClean();
  await removeAll();
});

test("whenever a connect or disconnect is killed, the same once more brings it about, without a repair", async () => {
  await engine.ok(["network", "create", "net"]);
  await engine.ok(["network", "create", "other"]);
  const id = await engine.detached([], ...SLEEP);
  const random = seeded(process.pid);
  const own = await engine.ok(["exec", id, "hostname", "-i"]);
  for (let round = 0; round < 24; round++) {
    const verb = round % 2 === 0 ? "connect" : "disconnect";
    const child = Bun.spawn(engine.argv(["network", verb, "net", id]), { stdio: ["ignore", "ignore", "ignore"] });
    await Bun.sleep(10 + random() * 40);
    child.kill("SIGKILL");
    await child.exited;
    expect(await addressOn(id, "bridge")).toBe(own);
    // What comes between brings it to its end, too.
    if (round % 3 === 2) await engine.ok(["network", "connect", "other", id]);
    const { stderr } = await engine.run(["network", verb, "net", id]);
    if (stderr !== "") expect(stderr).toContain(verb === "connect" ? "already connected" : "not connected");
    if (round % 3 === 2) await engine.ok(["network", "disconnect", "other", id]);
    await engine.expectClean();
    expect(await containersOn("net")).toEqual(verb === "connect" ? [id] : []);
    const addresses = await engine.ok(["exec", id, "sh", "-c", "ip -4 -o addr | awk '!/ lo /{print $4}'"]);
    const present = verb === "connect" ? [own, await addressOn(id, "net")] : [own];
    expect(addresses.split("\n").map((text) => text.split("/")[0])).toEqual(present);
    const hosts = await engine.ok(["exec", id, "awk", `/^[0-9.]+\t.*${id.slice(0, 12)}/{print $1}`, "/etc/hosts"]);
    expect(hosts.split("\n")).toEqual(present);
  }
  await engine.ok(["rm", "-f", id]);
  await engine.ok(["network", "rm", "net", "other"]);
}, 180_000);

test.each(["network reload --all", "system check --repair"])(
  "a bridge that was deleted is missed, and %s brings its containers back onto it",
  async (mend) => {
    await engine.ok(["network", "create", "net"]);
    const web = ["sh", "-c", "mkdir -p /www && echo hello >/www/index.html && exec httpd -f -p 80 -h /www"];
    const id = await engine.detached(["--name", "web", "--network", "net", "-p", "127.0.0.1::80"], ...web);
    const client = await engine.detached(["--network", "net"], ...SLEEP);
    const page = `http://${await engine.ok(["port", id, "80/tcp"])}/`;
    const shown = async (): Promise<string> => (await runCommand(["curl", "-s", "--max-time", "2", page])).stdout;
    await eventually(shown, (text) => text === "hello\n");
    const [{ network_interface: bridge = "" } = {}] = JSON.parse(await engine.ok(["network", "inspect", "net"])) as {
      network_interface?: string;
    }[];
    await runCommand(["ip", "link", "delete", bridge]);
    const { code, stdout } = await engine.run(["system", "check"]);
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining(`of ${id.slice(0, 12)} is not on the bridge ${bridge}`),
    ]);
    await engine.ok(mend.split(" "));
    await engine.expectClean();
    expect(await eventually(shown, (text) => text === "hello\n")).toBe("hello\n");
    expect(await addresses(client, "web")).toEqual([await addressOn(id, "net")]);
    await removeAll();
  },
);
