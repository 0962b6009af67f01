import { expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

const LISTEN = `
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
print("listening", flush=True)
while True: print(listener.recv(1000).decode().replace("\\n", " "), flush=True)
`;
const SEND = `
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", sys.argv[1])
`;

/** A service manager's socket, and what it was told so far. */
async function listen(path: string) {
  const child = Bun.spawn(["python3", "-c", LISTEN, path], { stdout: "pipe", stderr: "inherit" });
  let told = "";
  void (async () => {
    for await (const bytes of child.stdout) told += Buffer.from(bytes).toString();
  })();
  const heard = async (text: string): Promise<string> =>
    await eventually(
      () => told,
      (all) => all.includes(text),
    );
  await heard("listening");
  return { told: () => told, heard, [Symbol.dispose]: () => child.kill() };
}

test("the service manager is told of conmon's pid, and that it is ready by whom --sdnotify says", async () => {
  const socket = engine.path("notify.sock");
  using manager = await listen(socket);
  const start = async (mode: string, ...command: string[]): Promise<string> => {
    await engine.ok(["run", "-d", "--name", mode, "--sdnotify", mode, IMAGE, ...command], {
      env: { NOTIFY_SOCKET: socket },
    });
    return await engine.ok(["inspect", "--format", "{{.State.ConmonPid}} {{.State.Pid}}", mode]);
  };
  const [byConmon] = (await start("conmon", "sleep", "1000")).split(" ");
  await manager.heard(`MAINPID=${byConmon} READY=1`);
  const [monitor, init] = (await start("container", "sh", "-c", "echo $NOTIFY_SOCKET; sleep 1000")).split(" ");
  await manager.heard(`MAINPID=${monitor}\n`);
  const name = await eventually(
    () => engine.ok(["logs", "container"]),
    (text) => text !== "",
  );
  Bun.spawnSync(["python3", "-c", SEND, `/proc/${init}/root${name}`]);
  await manager.heard(`MAINPID=${monitor}\nREADY=1\n`);
  const before = manager.told();
  await start("ignore", "sh", "-c", "test -z $NOTIFY_SOCKET && sleep 1000");
  expect(await engine.ok(["exec", "conmon", "sh", "-c", "echo $NOTIFY_SOCKET"])).toBe("");
  expect(await engine.ok(["ps", "-q", "--filter", "name=ignore"])).not.toBe("");
  expect(manager.told()).toBe(before);
});

test("a socket that nobody listens at is told of, and the container runs", async () => {
  const { code, stderr } = await engine.run(["run", "--rm", "--sdnotify", "conmon", IMAGE, "true"], {
    env: { NOTIFY_SOCKET: engine.path("nobody.sock") },
  });
  expect(code).toBe(0);
  expect(stderr).toContain("WARN: the socket of NOTIFY_SOCKET");
});
