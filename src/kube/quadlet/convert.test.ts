import { describe, expect, test } from "bun:test";
import { isEstibaError } from "../../lib/error.ts";
import { printWords, splitWords } from "../../lib/unit-words.ts";
import { convertQuadlet, quadletOf, type Service } from "./convert.ts";
import { kindOf, type Surroundings } from "./unit.ts";
import { parseUnitFile } from "./unit-file.ts";

/** Converts the first file among the others. */
function convert(files: Readonly<Record<string, string>>, around: Partial<Surroundings> = {}): Service {
  const quadlets = Object.entries(files).flatMap(([name, text]) => quadletOf(parseUnitFile(`/q/${name}`, text)) ?? []);
  const [first] = quadlets;
  if (first === undefined) throw new Error("no file");
  const units = new Map(quadlets.map((quadlet) => [quadlet.fileName, quadlet]));
  return convertQuadlet(first, { units, binary: "/usr/bin/estiba", user: false, exists: () => false, ...around });
}

/** The words of a command of the service. */
function command(service: Service, key = "ExecStart"): string {
  return (
    service.text
      .split("\n")
      .find((line) => line.startsWith(`${key}=`))
      ?.slice(key.length + 1) ?? ""
  );
}

function refusal(files: Readonly<Record<string, string>>): [string, string | undefined] {
  try {
    convert(files);
  } catch (error) {
    if (isEstibaError(error)) return [error.message, error.fix];
    throw error;
  }
  throw new Error("it was not refused");
}

describe("a .container file", () => {
  test("becomes a service that runs the container, with all of the file in it", () => {
    const { fileName, text } = convert({
      "web.container": `# the web
[Unit]
Description=Web

[Container]
Image=docker.io/library/nginx:1
PublishPort=8080:80
Exec=nginx -g "daemon off;"

[Service]
Restart=always

[Install]
WantedBy=multi-user.target
`,
    });
    expect(fileName).toBe("web.service");
    expect(text).toBe(`[Unit]
Wants=network-online.target
After=network-online.target
# the web
Description=Web
SourcePath=/q/web.container
RequiresMountsFor=%t/estiba

[X-Container]
Image=docker.io/library/nginx:1
PublishPort=8080:80
Exec=nginx -g "daemon off;"

[Service]
Restart=always
Environment=PODMAN_SYSTEMD_UNIT=%n
KillMode=mixed
ExecStop=/usr/bin/estiba rm -v -f -i --cidfile=%t/%N.cid
ExecStopPost=-/usr/bin/estiba rm -v -f -i --cidfile=%t/%N.cid
Delegate=yes
Type=notify
NotifyAccess=all
SyslogIdentifier=%N
ExecStart=/usr/bin/estiba run --name systemd-%N --cidfile=%t/%N.cid --replace --rm --cgroups=split --publish 8080:80 --sdnotify=conmon -d docker.io/library/nginx:1 nginx -g "daemon off;"

[Install]
WantedBy=multi-user.target
`);
  });

  test("has every key as the option that it is", () => {
    const service = convert(
      {
        "a.container": `[Container]
ContainerName=a
Image=i
LogDriver=none
LogOpt=tag=x
Timezone=local
ReadOnly=yes
RunInit=false
NoNewPrivileges=true
SeccompProfile=/s.json
DropCapability=CAP_CHOWN KILL
AddDevice=/dev/null
AddDevice=-/dev/gone
Sysctl=a=1 b=2
Tmpfs=/t
User=1
Group=2
UserNS=auto
Environment=B=2 "A=1 x"
Environment=B=3
Label=l=m
Annotation=n=o
EnvironmentFile=env
HealthCmd=true || false
HealthRetries=2
Notify=yes
Secret=s,type=env
Mask=/a:/b
Entrypoint=["a","b"]
PodmanArgs=--init --umask "0 0"
GlobalArgs=--log-level debug
AutoUpdate=registry
ReloadCmd=kill -HUP 1
[Service]
KillMode=control-group
`,
      },
      { user: true },
    );
    expect(command(service)).toBe(
      "/usr/bin/estiba --log-level debug run --name a --cidfile=%t/%N.cid --replace --rm --cgroups=split --log-driver none " +
        `--log-opt tag=x --tz local --entrypoint "[\\"a\\",\\"b\\"]" --tmpfs /t --init=false --read-only --security-opt=no-new-privileges --security-opt=seccomp=/s.json --security-opt mask=/a:/b --cap-drop cap_chown --cap-drop kill --sysctl a=1 --sysctl b=2 --secret s,type=env --health-cmd "true || false" --health-retries 2 ` +
        `--sdnotify=container -d --device /dev/null --user 1:2 --userns auto --env "A=1 x" --env B=3 --label l=m --annotation n=o --env-file /q/env --init --umask "0 0" i`,
    );
    expect(command(service, "ExecReload")).toBe(
      "/usr/bin/estiba --log-level debug exec --cidfile=%t/%N.cid kill -HUP 1",
    );
    expect(service.text).not.toContain("network-online");
    expect(service.text.match(/KillMode/g)).toHaveLength(1);
    expect(service.warnings).toEqual([
      "/q/a.container:32: AutoUpdate has no effect: nothing looks for newer images; pull and restart from a timer",
    ]);
  });

  test("is started when it is healthy, where that is asked for", () => {
    const service = convert({ "a.container": "[Container]\nImage=i\nHealthCmd=true\nNotify=healthy\n" });
    expect(command(service)).toContain("--sdnotify=conmon -d");
    expect(command(service, "ExecStartPost")).toBe("/usr/bin/estiba wait --condition=healthy systemd-%N");
    expect(service.text).toContain("Type=notify\n");
  });

  test("waits for what other files make, and has it by its name", () => {
    const service = convert({
      "a.container": `[Container]
Image=b.build
Network=n.network:ip=10.1.0.5
Volume=v.volume:/v:ro
Volume=./data:/d
Volume=/anonymous
Mount=type=image,source=i.image,destination=/i
Pod=p.pod
`,
      "b.build": "[Build]\nImageTag=localhost/b\nFile=/Containerfile\n",
      "n.network": "[Network]\nNetworkName=net\n",
      "v.volume": "[Volume]\n",
      "i.image": "[Image]\nImage=quay.io/i\n",
      "p.pod": "[Pod]\nServiceName=pp\n",
    });
    expect(command(service)).toContain(
      "--network net:ip=10.1.0.5 --sdnotify=conmon -d -v systemd-v:/v:ro -v /q/data:/d -v /anonymous --mount type=image,source=quay.io/i,destination=/i --pod-id-file %t/pp.pod-id localhost/b",
    );
    const lines = service.text.split("\n");
    for (const name of ["b-build", "n-network", "v-volume", "i-image"])
      expect(lines).toContain(`Requires=${name}.service`);
    expect(lines).toContain("BindsTo=pp.service");
    expect(lines).toContain("RequiresMountsFor=/q/data");
  });

  test("of a template has names that systemd fills in; another container's network is joined by name", () => {
    expect(command(convert({ "a@.container": "[Container]\nImage=i\nExec=sleep %i\n" }))).toContain(
      "--name systemd-%p_%i",
    );
    const joined = convert({
      "a.container": "[Container]\nImage=i\nNetwork=b.container\n",
      "b.container": "[Container]\nImage=i\n",
    });
    expect(command(joined)).toContain("--network container:systemd-b");
  });

  test.each([
    [
      "an unknown key",
      "[Container]\nImage=i\nImmage=x\n",
      "3: unsupported key 'Immage' in group 'Container'",
      "did you mean Image?",
    ],
    ["no image", "[Container]\n", "1: no Image or Rootfs key specified", "add Image= to [Container]"],
    [
      "a missing file",
      "[Container]\nImage=i\nVolume=v.volume:/v\n",
      "3: Volume: there is no file v.volume",
      "install it beside this one",
    ],
    [
      "what cannot be had",
      "[Container]\nImage=i\nSecurityLabelType=t\n",
      "3: SecurityLabelType is not possible here",
      "SELinux labels are not set here; AppArmor and SeccompProfile confine a container, too",
    ],
    [
      "a type that cannot work",
      "[Container]\nImage=i\n[Service]\nType=simple\n",
      "4: invalid service Type 'simple'",
      "use notify or oneshot, or leave it out",
    ],
    ["no truth", "[Container]\nImage=i\nReadOnly=maybe\n", '3: ReadOnly takes true or false, not "maybe"', undefined],
    [
      "an open quote",
      '[Container]\nImage=i\nExec="a\n',
      "3: Exec: a quote is not closed, or an escape is unknown",
      undefined,
    ],
    ["a line that is nothing", "[Container]\nImage\n", '2: "Image" is neither a group nor KEY=VALUE', undefined],
  ])("is refused with its line for %s", (_, text, what, fix) => {
    expect(refusal({ "a.container": text })).toEqual([`/q/a.container:${what}`, fix]);
  });
});

describe("files of the other kinds", () => {
  test(".pod makes the pod, and starts its containers", () => {
    const service = convert({
      "p.pod": "[Pod]\nPublishPort=80:80\nNetwork=host\nLabel=a=b\nStopTimeout=3\n",
      "a.container": "[Container]\nImage=i\nPod=p.pod\n",
      "b.container": "[Container]\nImage=i\nPod=p.pod\nStartWithPod=false\n",
    });
    expect(service.fileName).toBe("p-pod.service");
    expect(service.text).toContain("Wants=a.service\nBefore=a.service\n");
    expect(service.text).not.toContain("b.service");
    expect(service.text).toContain(`[Service]
SyslogIdentifier=%N
ExecStart=/usr/bin/estiba pod start --pod-id-file=%t/%N.pod-id
ExecStop=/usr/bin/estiba pod stop --pod-id-file=%t/%N.pod-id --ignore --time=3
ExecStopPost=/usr/bin/estiba pod rm --pod-id-file=%t/%N.pod-id --ignore --force
ExecStartPre=/usr/bin/estiba pod create --infra-conmon-pidfile=%t/%N.pid --pod-id-file=%t/%N.pod-id --exit-policy=stop --replace --publish 80:80 --network host --label a=b --infra-name systemd-p-infra --name systemd-p
Environment=PODMAN_SYSTEMD_UNIT=%n
Type=forking
Restart=on-failure
PIDFile=%t/%N.pid
`);
  });

  test(".volume, .network and .image make what they are about, once", () => {
    const volume = convert({
      "v.volume": "[Volume]\nUser=1\nGroup=2\nDevice=tmpfs\nType=tmpfs\nOptions=size=1m\nLabel=a=b\nCopy=no\n",
    });
    expect(command(volume)).toBe(
      "/usr/bin/estiba volume create --ignore --opt nocopy --opt device=tmpfs --opt type=tmpfs --opt o=uid=1,gid=2,size=1m --label a=b systemd-v",
    );
    expect(volume.text).toContain("SyslogIdentifier=%N\nType=oneshot\nRemainAfterExit=yes\n");
    const network = convert({
      "n.network":
        "[Network]\nSubnet=10.1.0.0/24\nSubnet=10.2.0.0/24\nGateway=10.1.0.1\nIPv6=true\nInternal=no\nOptions=mtu=9000\nNetworkDeleteOnStop=true\n",
    });
    expect(command(network)).toBe(
      "/usr/bin/estiba network create --ignore --internal=false --ipv6 --subnet 10.1.0.0/24 --gateway 10.1.0.1 --subnet 10.2.0.0/24 --opt mtu=9000 systemd-n",
    );
    expect(command(network, "ExecStopPost")).toBe("/usr/bin/estiba network rm systemd-n");
    expect(command(convert({ "i.image": "[Image]\nImage=quay.io/i\nArch=arm64\nTLSVerify=false\n" }))).toBe(
      "/usr/bin/estiba image pull --arch arm64 --tls-verify=false quay.io/i",
    );
  });

  test(".build builds in the folder of the unit, of its file, or elsewhere", () => {
    const build = (lines: string): Service => convert({ "b.build": `[Build]\nImageTag=localhost/b\n${lines}` });
    expect(command(build("File=/src/Containerfile\nBuildArg=A=1\nPull=always\n"))).toBe(
      "/usr/bin/estiba build --pull=always --tag localhost/b --build-arg A=1 --file /src/Containerfile",
    );
    const unit = build("SetWorkingDirectory=unit\nFile=Containerfile\n");
    expect(command(unit)).toBe("/usr/bin/estiba build --tag localhost/b --file Containerfile /q");
    expect(unit.text).toContain("WorkingDirectory=/q\n");
    expect(command(build("SetWorkingDirectory=https://example.org/x.git\n"))).toEndWith(" https://example.org/x.git");
    expect(refusal({ "b.build": "[Build]\nImageTag=b\nFile=Containerfile\n" })[0]).toContain(
      "relative path in File key requires",
    );
  });

  test(".kube plays its YAML, and takes it down", () => {
    const { text } = convert({
      "k.kube":
        "[Kube]\nYaml=k.yaml\nConfigMap=c.yaml /d.yaml\nNetwork=n\nKubeDownForce=true\nSetWorkingDirectory=yaml\n",
    });
    expect(text).toContain(
      "ExecStart=/usr/bin/estiba kube play --replace --network n --configmap /q/c.yaml --configmap /d.yaml /q/k.yaml\n",
    );
    expect(text).toContain("ExecStopPost=/usr/bin/estiba kube down --force /q/k.yaml\n");
    expect(text).toContain("Type=oneshot\nRemainAfterExit=yes\n");
    expect(text).toContain("WorkingDirectory=/q\n");
  });

  test.each([
    ["v.volume", "[Volume]\nType=ext4\n", "2: key Type can't be used without Device"],
    ["n.network", "[Network]\nGateway=10.0.0.1\n", "2: cannot set gateway or range without subnet"],
    ["i.image", "[Image]\n", "1: no Image key specified"],
    ["b.build", "[Build]\nFile=/f\n", "1: no ImageTag key specified"],
    ["k.kube", "[Kube]\n", "1: no Yaml key specified"],
    [
      "p.pod",
      "[Pod]\nRemapUsers=keep-id\nUserNS=auto\n",
      "2: deprecated Remap keys are set along with explicit mapping keys",
    ],
  ])("%s is refused with its line", (name, text, what) => {
    expect(refusal({ [name]: text })[0]).toBe(`/q/${name}:${what}`);
  });
});

test("a unit file keeps comments and continued lines; an empty value takes back those before it", () => {
  const file = "[Container]\nImage=i\nEnvironment=A=1 \\\n# between\n  B=2\nVolume=/a\nVolume=\nVolume=/b\n";
  const service = convert({ "a.container": file });
  expect(service.text).toContain("Environment=A=1 \\\n# between\n  B=2\n");
  expect(command(service)).toContain("-v /b --env A=1 --env B=2 i");
  expect(command(service)).not.toContain("/a ");
});

test("words are what systemd makes of them, and back", () => {
  const words = ["plain", "two words", 'a"b', "it's", "a;b", "", "back\\slash", "tab\tnew\nline", "ü", "%n", "$HOME"];
  expect(splitWords(printWords(words))).toEqual(words);
  expect(splitWords(String.raw`a 'b c' "d\"e" \x41\u00fc\101 f\sg`)).toEqual(["a", "b c", 'd"e', "AüA", "f g"]);
  expect(splitWords('"open')).toBeUndefined();
  expect(splitWords(String.raw`\q`)).toBeUndefined();
  expect(kindOf("a.b.container")).toBe("container");
  expect(kindOf(".container")).toBeUndefined();
});
