import { expect, test } from "bun:test";
import { createWords } from "../src/api/docker/container/create-words.ts";
import { Fields } from "../src/api/docker/fields.ts";
import { specFromWords } from "../src/cli/container/spec-from-words.ts";
import type { ContainerSpec } from "../src/state/container.ts";
import { dockerCreateBody } from "../src/views/docker/create-body.ts";

const ask = async (...words: string[]): Promise<ContainerSpec> =>
  await specFromWords(words, "web:1", ["serve", "-x"], { configured: false });

/** There and back: what the API's door makes of the body. */
async function comesBackAs(spec: ContainerSpec): Promise<ContainerSpec> {
  const sent = JSON.parse(JSON.stringify(dockerCreateBody(spec))) as Record<string, unknown>;
  const body = new Fields(sent);
  return await specFromWords(createWords(body, spec.name), "web:1", body.words("Cmd"), { configured: false });
}

/** Ranges of ports arrive one by one, and files of a log by Docker's name for theirs. */
function alike({ ports, log }: Pick<ContainerSpec, "ports" | "log">): object {
  const single = ports.flatMap((port) =>
    Array.from({ length: port.range }, (_, at) => ({
      ...port,
      range: 1,
      hostPort: port.hostPort + at,
      containerPort: port.containerPort + at,
    })),
  );
  return { ports: single, log: { ...log, driver: log.driver.replace("k8s-file", "json-file") } };
}

test("what options ask for arrives at another engine as it was asked", async () => {
  for (const words of [
    [],
    [
      "--name=n",
      "--hostname=h",
      "--domainname=d",
      "--user=1:2",
      "--workdir=/w",
      "--stop-signal=HUP",
      "--stop-timeout=3",
    ],
    ["--tty", "--interactive", "--label=a=b=c", "--label=d=", "--annotation=k=v", "--rm", "--init"],
    ["--publish=127.0.0.1:8080:80", "--publish=53:53/udp", "--publish=9000-9002:9000-9002", "--publish-all"],
    ["--network=front:ip=10.0.0.5,alias=x,interface_name=net0", "--network=back"],
    ["--network=none"],
    ["--network=container:other"],
    ["--network-alias=a", "--mac-address=02:00:00:00:00:01"],
    ["--dns=1.1.1.1", "--dns-search=example", "--dns-option=ndots:2", "--add-host=db:10.0.0.9", "--group-add=audio"],
    ["--mount=type=bind,source=/src,target=/a,readonly", "--mount=type=volume,source=data,target=/b,volume-nocopy"],
    ["--volume=/src:/a:ro,rshared", "--volume=data:/b", "--volume=/anonymous", "--volumes-from=other:ro"],
    ["--mount=type=image,source=bb:1,target=/i", "--mount=type=volume,source=v,target=/v,volume-subpath=x"],
    ["--tmpfs=/t:size=1m,mode=1777"],
    [
      "--memory=64m",
      "--memory-swap=128m",
      "--memory-reservation=32m",
      "--cpus=1.5",
      "--cpuset-cpus=0",
      "--pids-limit=77",
    ],
    ["--cpu-shares=10", "--blkio-weight=100", "--device-read-bps=/dev/vda:1mb", "--shm-size=1m", "--oom-score-adj=5"],
    ["--ulimit=nofile=10:20", "--ulimit=core=-1", "--sysctl=net.core.somaxconn=99"],
    ["--privileged"],
    ["--cap-add=NET_ADMIN", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--security-opt=apparmor=unconfined"],
    ["--security-opt=seccomp=unconfined", "--security-opt=unmask=ALL", "--device-cgroup-rule=c 1:3 rwm"],
    ["--device=/dev/null:/dev/x:r", "--device=/dev/zero:/dev/zero:rwm"],
    ["--pid=host", "--ipc=none", "--uts=host", "--cgroupns=private"],
    ["--restart=on-failure:3"],
    ["--publish=127.0.0.1:8000-8010:80/udp", "--publish=80"],
    ["--log-driver=none"],
    ["--log-driver=json-file", "--log-opt=max-size=1m", "--log-opt=max-file=3", "--log-opt=tag=x"],
  ]) {
    const asked = await ask(...words);
    const { readOnlyTmpfs: _asked, ...security } = asked.security;
    const { security: arrived, ...rest } = await comesBackAs(asked);
    const { readOnlyTmpfs: _arrived, ...right } = arrived;
    const { security: _security, ...plain } = asked;
    expect({ words, ...right }).toEqual({ words, ...security });
    expect({ words, ...rest, ...alike(rest) }).toEqual({ words, ...plain, ...alike(plain), expose: rest.expose });
  }
});

test("a read-only root keeps the places that Podman's leaves writable", async () => {
  const { mounts, security } = await comesBackAs(await ask("--read-only", "--volume=data:/tmp"));
  expect(security).toMatchObject({ readOnlyRoot: true, readOnlyTmpfs: false });
  expect(mounts.map(({ type, target }) => `${type} ${target}`)).toEqual([
    "volume /tmp",
    "tmpfs /run",
    "tmpfs /var/tmp",
  ]);
});

test("what Docker's API cannot say is refused by the option's name", async () => {
  for (const [word, name] of [
    ["--tz=UTC", "--tz"],
    ["--umask=077", "--umask"],
    ["--pod=p", "--pod"],
    ["--secret=s", "--secret"],
    ["--timeout=5", "--timeout"],
    ["--userns=auto", "--userns"],
    ["--no-hosts", "--no-hosts"],
    ["--health-on-failure=kill", "--health-on-failure"],
    ["--volume=/a:/b:O", ": O does"],
    ["--volume=/a:/b:noexec", ": noexec does"],
    ["--security-opt=mask=/proc/x", "--security-opt mask"],
    ["--publish-group=g", "--publish-group"],
  ] as const) {
    const asked = word.startsWith("--publish-group") ? await ask("--publish=80:80", word) : await ask(word);
    expect(() => dockerCreateBody(asked)).toThrow(name);
  }
});
