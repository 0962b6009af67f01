import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const UNITS: string = join(import.meta.dir, "../../packaging/systemd");

/**
 * What systemd does with the two units, as far as it concerns us: keeps a socket, starts the service with it when somebody connects, waits for
 * READY=1, and starts it anew the next time. Says on stdout what happens.
 */
const SYSTEMD = `
import os, select, socket, sys
path, notify, argv = sys.argv[1], sys.argv[2], sys.argv[3:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(8)
os.set_inheritable(listener.fileno(), True)
told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
told.bind(notify)
print("listening", flush=True)
while True:
    select.select([listener], [], [])
    pid = os.fork()
    if pid == 0:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), NOTIFY_SOCKET=notify)
        os.execv(argv[0], argv)
    print("told", told.recv(100).decode(), flush=True)
    print("ended", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`;

/** A value in a unit file. */
function setting(unit: string, name: string): string {
  const [, value = ""] = new RegExp(`^${name}=(.*)$`, "m").exec(readFileSync(join(UNITS, unit), "utf8")) ?? [];
  return value;
}

test("the units: the service is there when somebody asks, and ends when nobody does; containers stay", async () => {
  const words = setting("estiba.service", "ExecStart").replace("--time 5", "--time 1").split(" ");
  expect(words[0]).toBe("@BINDIR@/estiba");
  expect(setting("estiba.socket", "ListenStream")).toBe("/run/estiba/estiba.sock");
  const [path, notify] = [engine.path("activated.sock"), engine.path("notify.sock")];
  const argv = ["python3", "-c", SYSTEMD, path, notify, ...engine.argv(words.slice(1))];
  const systemd = Bun.spawn(argv, { stdio: ["ignore", "pipe", "inherit"] });
  const state = { said: "" };
  const reading = (async () => {
    for await (const chunk of systemd.stdout) state.said += Buffer.from(chunk).toString();
  })();
  const says = async (text: string): Promise<unknown> =>
    await eventually(
      () => state.said,
      (said) => said.includes(text),
    );
  await says("listening\n");
  const ask = async (method: string, target: string, body?: string): Promise<number> => {
    const headers = { "Content-Type": "application/json" };
    const sent = body === undefined ? { headers } : { headers, body };
    const response = await fetch(`http://localhost${target}`, { unix: path, method, keepalive: false, ...sent });
    await response.text();
    return response.status;
  };
  try {
    const body = { Image: IMAGE, Cmd: ["sh", "-c", "env; exec sleep 1000"] };
    expect(await ask("POST", "/containers/create?name=kept", JSON.stringify(body))).toBe(201);
    expect(await ask("POST", "/containers/kept/start")).toBe(204);
    await says("told READY=1\nended 0\n");
    expect(await engine.ok(["inspect", "-f", "{{.State.Running}}", "kept"])).toBe("true");
    // What systemd tells the service is not for containers.
    expect(await engine.ok(["logs", "kept"])).not.toMatch(/NOTIFY_SOCKET|LISTEN_/);
    expect(await ask("GET", "/containers/kept/json")).toBe(200);
    await says("told READY=1\nended 0\ntold READY=1\nended 0\n");
  } finally {
    systemd.kill();
    await systemd.exited;
    await reading;
  }
});
