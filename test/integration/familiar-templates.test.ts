import { expect, test } from "bun:test";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

/** What a command prints for a template, with what differs from run to run taken out. */
const shown = async (...words: string[]): Promise<string> =>
  (await engine.ok(words)).replace(/\b[0-9a-f]{64}\b/g, "<id>").replace(/\d+\.\d+\.\d+\.\d+/g, "<ip>");

test("templates of inspect that people know by heart from Docker find their values", async () => {
  await engine.ok(["network", "create", "net"]);
  const options = ["--network", "net", "-p", "127.0.0.1:0:80", "-v", "data:/data", "--label", "a=b"];
  await engine.ok(["run", "-d", "--name", "web", ...options, "--stop-signal", "KILL", IMAGE, "sleep", "1000"]);
  const inspected = async (template: string) => await shown("inspect", "--format", template, "web");
  expect(await inspected("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")).toBe("<ip>");
  expect(await inspected("{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}")).toBe("net");
  expect(await inspected('{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostIp}}')).toBe("<ip>");
  expect(await inspected("{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}}{{println}}{{end}}")).toBe(
    "volume data /data",
  );
  expect(await inspected('{{index .Config.Labels "a"}} {{.Config.Labels.a}}')).toBe("b b");
  expect(await inspected("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}")).toBe("none");
  expect(await inspected("{{.LogPath}}")).toBe(`${engine.root}/containers/<id>/ctr.log`);
  expect(await shown("inspect", "--format", "{{index .RepoDigests 0}}", IMAGE)).toBe("localhost/bb@sha256:<id>");
  expect(
    await shown("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{.IPv4Address}} {{end}}", "net"),
  ).toBe("web <ip>/24");
  expect(await shown("ps", "--format", "{{.Names}} {{.LocalVolumes}}")).toBe("web 1");
});

test("templates of events, version and info find Docker's fields beside Podman's", async () => {
  await engine.ok(["create", "--name", "one", "--label", "a=b", IMAGE, "true"]);
  const events = await shown(
    "events",
    "--stream=false",
    "--filter",
    "event=create",
    "--format",
    "{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.a}} {{.From}} {{.Actor.ID}}",
  );
  expect(events.split("\n").filter((line) => line.startsWith("container "))).toContain(
    "container create one b localhost/bb:1 <id>",
  );
  expect(await shown("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}")).toMatch(/^linux\/(?:amd64|arm64)$/);
  expect(await shown("info", "--format", "{{.Swarm.LocalNodeState}} {{len .Runtimes}}")).toBe("inactive 1");
  expect(await shown("info", "--format", "{{range .SecurityOptions}}{{.}} {{end}}")).toContain("name=seccomp");
});
