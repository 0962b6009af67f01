import { expect, test } from "bun:test";
import { useWebService } from "../fixtures/cluster/web-service.ts";
import { IMAGE } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";

const web = useWebService();

test("an update replaces the tasks one by one, and a rollback brings the old ones' kind back", async () => {
  await web.create(["--replicas", "2"], "sleep", "1000");
  await web.engine.ok(["service", "update", "-q", "--image", "bb:2", "web"]);
  expect(await web.tasks()).toEqual([
    "web.1 bb:2 Running Running",
    `web.1 ${IMAGE} Shutdown Shutdown`,
    "web.2 bb:2 Running Running",
    `web.2 ${IMAGE} Shutdown Shutdown`,
  ]);
  expect(await web.inspect("{{.UpdateStatus.State}} {{.UpdateStatus.Message}}")).toBe("completed update completed");
  expect(await web.inspect("{{.PreviousSpec.TaskTemplate.ContainerSpec.Image}}")).toBe(IMAGE);
  await web.engine.ok(["service", "rollback", "-q", "web"]);
  expect((await web.tasks()).filter((row) => row === `web.1 ${IMAGE} Running Running`).length).toBe(1);
  expect(await web.inspect("{{.UpdateStatus.State}} {{.Spec.TaskTemplate.ContainerSpec.Image}}")).toBe(
    `rollback_completed ${IMAGE}`,
  );
});

test("what tasks do not show is changed without replacing any; what they show is in the new ones", async () => {
  await web.create(
    ["--env", "A=1", "--env", "B=1", "--limit-memory", "64m", "-p", "published=0,target=80,mode=host"],
    "sleep",
    "1000",
  );
  const before = await web.engine.ok(["ps", "--no-trunc", "--format", "{{.ID}}"]);
  await web.engine.ok(["service", "update", "-q", "--label-add", "team=a", "--update-parallelism", "3", "web"]);
  expect(await web.engine.ok(["ps", "--no-trunc", "--format", "{{.ID}}"])).toBe(before);
  expect(await web.inspect("{{.Spec.Labels.team}} {{.Spec.UpdateConfig.Parallelism}}")).toBe("a 3");
  const change = ["--env-add", "B=2", "--env-rm", "A", "--env-add", "C=3", "--hostname", "box", "--publish-rm", "80"];
  const more = ["--mount-add", "type=tmpfs,target=/cache", "--container-label-add", "x=y", "--host-add", "db:10.0.0.9"];
  await web.engine.ok(["service", "update", "-q", ...change, ...more, "--args", 'sleep "2000"', "web"]);
  const [name = ""] = (await web.engine.ok(["ps", "--format", "{{.Names}}"])).split("\n");
  expect(
    await web.engine.ok([
      "exec",
      name,
      "sh",
      "-c",
      "echo $A-$B-$C; hostname; grep -c /cache /proc/mounts; grep 'db$' /etc/hosts",
    ]),
  ).toBe("-2-3\nbox\n1\n10.0.0.9\tdb");
  expect(
    await web.engine.ok(["inspect", "--format", "{{.HostConfig.Memory}} {{.Config.Labels.x}} {{.Config.Cmd}}", name]),
  ).toBe(`${64 << 20} y [sleep 2000]`);
  expect(await web.inspect("{{len .Spec.EndpointSpec.Ports}}")).toBe("0");
});

test("a start-first update of a service behind a port loses no request, though its tasks take a while to be ready", async () => {
  const serve = "mkdir /w; sleep 0.3; echo ok > /w/index.html; exec httpd -f -p 80 -h /w";
  const health = [
    "--health-cmd",
    "wget -q -O- 127.0.0.1/",
    "--health-interval",
    "100ms",
    "--health-start-period",
    "5s",
  ];
  const port = await freePort();
  await web.create(
    ["--replicas", "2", "--update-order", "start-first", "-p", `${port}:80`, ...health],
    "sh",
    "-c",
    serve,
  );
  const state = { stop: false, failed: [] as unknown[], answered: 0 };
  const client = async (): Promise<void> => {
    while (!state.stop) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/`, {
          keepalive: false,
          signal: AbortSignal.timeout(10_000),
        });
        if (!response.ok || (await response.text()) !== "ok\n") state.failed.push(response.status);
        state.answered += 1;
      } catch (error) {
        state.failed.push(error);
      }
    }
  };
  const clients = Promise.all([client(), client()]);
  await web.engine.ok(["service", "update", "-q", "--force", "web"]);
  state.stop = true;
  await clients;
  expect(state.failed).toEqual([]);
  expect(state.answered).toBeGreaterThan(10);
});

test("lists of a service are changed element by element", async () => {
  await web.create(
    ["--replicas", "0", "--cap-drop", "CHOWN", "--dns", "10.0.0.1", "--dns", "10.0.0.2", "--group", "7"].concat([
      "--sysctl",
      "net.ipv4.ip_forward=1",
      "--ulimit",
      "nofile=10:20",
      "--dns-search",
      "a.test",
    ]),
    "sleep",
    "1000",
  );
  const rights = ["--cap-add", "CHOWN", "--cap-drop", "KILL", "--group-add", "8", "--group-rm", "7"];
  const names = ["--dns-add", "10.0.0.3", "--dns-rm", "10.0.0.1", "--dns-search-rm", "a.test"];
  const limits = ["--sysctl-rm", "net.ipv4.ip_forward", "--sysctl-add", "net.core.somaxconn=9"].concat([
    "--ulimit-add",
    "nproc=5:6",
    "--ulimit-rm",
    "nofile",
    "--dns-option-add",
    "ndots:2",
  ]);
  await web.engine.ok(["service", "update", "-q", ...rights, ...names, ...limits, "--log-opt", "max-size=1m", "web"]);
  const spec = JSON.parse(await web.inspect("{{json .Spec.TaskTemplate}}")) as Record<string, unknown>;
  expect(spec).toMatchObject({
    ContainerSpec: {
      CapabilityAdd: [expect.stringMatching(/CHOWN$/)],
      CapabilityDrop: [expect.stringMatching(/KILL$/)],
      Groups: ["8"],
      DNSConfig: { Nameservers: ["10.0.0.2", "10.0.0.3"], Options: ["ndots:2"] },
      Sysctls: { "net.core.somaxconn": "9" },
      Ulimits: [{ Name: "nproc", Soft: 5, Hard: 6 }],
    },
    LogDriver: { Options: { "max-size": "1m" } },
  });
  expect(JSON.stringify(spec)).not.toContain("a.test");
});
