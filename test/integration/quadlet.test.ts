import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCommand } from "../../src/cli/commands.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { splitWords } from "../../src/lib/unit-words.ts";
import { BINARY, type CommandResult, runCommand } from "../fixtures/engine.ts";

const FILES: Readonly<Record<string, string>> = {
  "web.container": `[Unit]
Description=Web

[Container]
Image=app.build
Pod=front.pod
Network=back.network
Volume=data.volume:/data
Volume=/srv:/srv:ro
Environment=A=1 "B=two words"
HealthCmd=true
AddCapability=NET_ADMIN
UserNS=auto
Notify=true
LogDriver=k8s-file
LogOpt=max-size=1m
Ulimit=nofile=10:20
Secret=s,type=env,target=S
Exec=sh -c "sleep 1; echo $$"

[Install]
WantedBy=multi-user.target
`,
  "front.pod": "[Pod]\nPublishPort=8080:80\nNetworkAlias=front\nShmSize=1m\nStopTimeout=5\n",
  "back.network": "[Network]\nSubnet=10.91.7.0/24\nGateway=10.91.7.1\nInternal=true\nLabel=a=b\n",
  "data.volume": "[Volume]\nUser=1000\nLabel=a=b\n",
  "base.image": "[Image]\nImage=quay.io/base:1\nTLSVerify=false\nAuthFile=/a.json\n",
  "app.build": "[Build]\nImageTag=localhost/app\nSetWorkingDirectory=unit\nTarget=final\nForceRM=true\n",
  "all.kube": "[Kube]\nYaml=all.yaml\nConfigMap=map.yaml\nPublishPort=80:80\nLogDriver=none\n",
  "job@.container":
    "[Container]\nImage=i\nExec=echo %i\n[Install]\nDefaultInstance=7\nWantedBy=timers.target\nAlias=again.service\n",
};

const made = { folder: "" };

beforeAll(() => {
  made.folder = mkdtempSync(join(tmpdir(), "estiba-quadlet-"));
});
beforeEach(() => {
  for (const name of readdirSync(made.folder)) rmSync(join(made.folder, name), { recursive: true });
  mkdirSync(join(made.folder, "units"));
  mkdirSync(join(made.folder, "new"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(made.folder, "new", name), text);
});
afterAll(() => rmSync(made.folder, { recursive: true }));

async function quadlet(...args: string[]): Promise<CommandResult> {
  const env = { QUADLET_UNIT_DIRS: join(made.folder, "units") };
  return await runCommand([BINARY, "quadlet", ...args], { env, cwd: made.folder });
}

async function install(): Promise<void> {
  expect(await quadlet("install", "--reload-systemd=false", "new")).toMatchObject({ code: 0, stderr: "" });
}

test("every command that units run is one of Estiba's, with options that it has", async () => {
  await install();
  const { code, stdout, stderr } = await quadlet("generate", "--dryrun");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n").filter((line) => /^Exec\w+=/.test(line));
  expect(lines).toHaveLength(16);
  for (const line of lines) {
    const [, ...words] = splitWords(line.replace(/^\w+=-?/, "")) ?? [];
    const found = findCommand(words);
    if (found === undefined) throw new Error(`no command: ${line}`);
    const { options, stopAtFirst = false } = await found.entry.load();
    expect(() => parseCommandLine(found.rest, options, { stopAtFirst, prefix: found.name })).not.toThrow();
  }
});

test("the generator writes units and the links by which they start", async () => {
  await install();
  const folder = join(made.folder, "out");
  mkdirSync(folder);
  expect(await quadlet("generate", folder, folder, folder)).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect(readdirSync(folder).sort()).toEqual([
    "again.service",
    "all.service",
    "app-build.service",
    "back-network.service",
    "base-image.service",
    "data-volume.service",
    "front-pod.service",
    "job@.service",
    "multi-user.target.wants",
    "timers.target.wants",
    "web.service",
  ]);
  expect(readlinkSync(join(folder, "multi-user.target.wants/web.service"))).toBe("../web.service");
  expect(readlinkSync(join(folder, "timers.target.wants/job@7.service"))).toBe("../job@.service");
  const text = readFileSync(join(folder, "web.service"), "utf8");
  expect(text).toContain("Requires=app-build.service\nAfter=app-build.service\n");
  expect(text).toContain("BindsTo=front-pod.service\n");
  // The same text as printed.
  expect((await quadlet("generate", "--dryrun")).stdout).toContain(text.split("\n").slice(2).join("\n"));
});

test("a drop-in adds to a file; a file that is wrong is told of, and keeps no other one back", async () => {
  await install();
  mkdirSync(join(made.folder, "units/data.volume.d"));
  writeFileSync(join(made.folder, "units/data.volume.d/10.conf"), "[Volume]\nVolumeName=other\n");
  writeFileSync(join(made.folder, "units/bad.container"), "[Container]\nImage=i\nImmage=x\n");
  const { code, stdout, stderr } = await quadlet("generate", "--dryrun");
  expect(code).toBe(1);
  expect(stderr).toBe(
    `converting "bad.container": ${made.folder}/units/bad.container:3: unsupported key 'Immage' in group 'Container'; did you mean Image?\n`,
  );
  expect(stdout).toContain("-v other:/data");
  expect((await quadlet("list", "--filter", "name=bad*", "--format", "{{.Name}} {{.Status}}")).stdout).toBe(
    "bad.container Invalid\n",
  );
});

test("files are installed when they are right together, listed, printed and removed", async () => {
  const lonely = await quadlet("install", "new/web.container");
  expect(lonely).toMatchObject({ code: 125, stdout: "" });
  expect(lonely.stderr).toContain("new/web.container:5: Image: there is no file app.build");
  const both = await Promise.all([0, 1].map(() => quadlet("install", "--reload-systemd=false", "new/data.volume")));
  expect(both.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 125]);
  rmSync(join(made.folder, "units/data.volume"));
  await install();
  expect(readdirSync(join(made.folder, "units")).filter((name) => name.startsWith("."))).toEqual([]);
  expect((await quadlet("install", "new/data.volume")).stderr).toContain("already exists, refusing to overwrite");
  expect(await quadlet("install", "--replace", "--reload-systemd=false", "new/data.volume")).toMatchObject({
    code: 0,
    stdout: `${made.folder}/units/data.volume\n`,
  });
  const rows = (await quadlet("list")).stdout.split("\n").map((row) => row.trim().split(/ {2,}/));
  expect(rows[0]).toEqual(["NAME", "UNIT NAME", "PATH ON DISK", "STATUS"]);
  expect(rows).toContainEqual(["front.pod", "front-pod.service", `${made.folder}/units/front.pod`, "Not loaded"]);
  expect((await quadlet("print", "data.volume")).stdout).toBe(FILES["data.volume"] ?? "");
  expect((await quadlet("print", "dat.volume")).stderr).toContain("did you mean data.volume?");
  expect(await quadlet("rm", "--reload-systemd=false", "all.kube", "none.kube")).toMatchObject({
    code: 125,
    stdout: "all.kube\n",
  });
  expect(existsSync(join(made.folder, "units/all.kube"))).toBe(false);
  expect(await quadlet("rm", "--reload-systemd=false", "--ignore", "none.kube")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect((await quadlet("rm", "--reload-systemd=false", "--all")).stdout.split("\n")).toHaveLength(8);
  expect(readdirSync(join(made.folder, "units"))).toEqual([]);
});
