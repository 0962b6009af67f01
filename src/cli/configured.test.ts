import { expect, test } from "bun:test";
import { KEYS } from "../config/containers-keys.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { configuredWords, WORDS } from "./configured.ts";
import { parseCommandLine } from "./parse.ts";

async function load(name: string): Promise<Command> {
  const entry = COMMANDS.find(({ names }) => names[0] === name);
  if (entry === undefined) throw new Error(`no command ${name}`);
  return await entry.load();
}

/** What the engine itself does with keys that stand for no option. */
const OF_THE_ENGINE = [
  "containers.prepare_volume_on_create",
  "engine.conmon_path",
  "engine.env",
  "engine.events_logger",
  "engine.runtime",
  "engine.runtimes",
];

test("every key that is said to have an effect has one, and no other", () => {
  const supported = Object.entries(KEYS).flatMap(([section, keys]) =>
    Object.entries(keys).flatMap(([key, [, yes]]) => (yes ? [`${section}.${key}`] : [])),
  );
  const mapped = Object.entries(WORDS).flatMap(([section, keys]) =>
    Object.keys(keys).map((key) => `${section}.${key}`),
  );
  expect([...mapped, ...OF_THE_ENGINE].sort()).toEqual(supported.sort());
});

const SAMPLES: Readonly<Record<string, unknown>> = {
  text: "x",
  number: 12,
  flag: true,
  list: ["a=b"],
  table: {},
};

test("every key stands for an option that some command has", async () => {
  const commands = await Promise.all(["run", "create", "exec", "start", "push", "pull", "pod create"].map(load));
  const names = new Set(commands.flatMap(({ options }) => Object.keys(options)));
  const wrong = Object.entries(WORDS).flatMap(([section, keys]) =>
    Object.entries(keys).flatMap(([key, words]) => {
      const type = KEYS[section as "containers" | "engine"][key]?.[0] ?? "";
      const made = words(SAMPLES[type], { name: "n" });
      return made.filter((word) => !names.has(word.slice(2, word.indexOf("=")))).map((word) => `${key}: ${word}`);
    }),
  );
  expect(wrong).toEqual([]);
});

type Section = Readonly<Record<string, unknown>>;

async function wordsFor(containers: Section, ...line: string[]): Promise<string[]> {
  return await wordsOf("run", { containers, engine: {}, network: {} }, line);
}

async function wordsOf(
  name: string,
  conf: Readonly<Record<"containers" | "engine" | "network", Section>>,
  line: readonly string[],
): Promise<string[]> {
  const { options } = await load(name);
  const { values } = parseCommandLine(line, options, { stopAtFirst: true, prefix: `estiba ${name}` });
  return configuredWords(conf, options, values).map(({ word }) => word);
}

test("lists of name servers give way to the user's, mounts to those at the same place", async () => {
  const conf = { dns_servers: ["1.1.1.1"], volumes: ["/a:/x", "/b:/y"], mounts: ["type=tmpfs,target=/z"] };
  expect(await wordsFor(conf, "bb")).toEqual([
    "--dns=1.1.1.1",
    "--volume=/a:/x",
    "--volume=/b:/y",
    "--mount=type=tmpfs,target=/z",
  ]);
  expect(await wordsFor(conf, "--dns", "9.9.9.9", "-v", "/c:/x", "--tmpfs", "/z:size=1m", "bb")).toEqual([
    "--volume=/b:/y",
  ]);
  for (const [network, words] of [
    ["host", ["--dns=1.1.1.1"]],
    ["ns:/run/netns/x", ["--dns=1.1.1.1"]],
    ["none", []],
    ["container:web", []],
  ] as const)
    expect(await wordsFor({ dns_servers: ["1.1.1.1"] }, "--network", network, "bb")).toEqual([...words]);
  expect(await wordsFor({ dns_searches: ["x.y"] }, "--dns", "none", "bb")).toEqual([]);
});

test("sysctls only reach namespaces that are the container's own", async () => {
  const conf = { default_sysctls: ["net.ipv4.ping_group_range=0 0", "kernel.shmmax = 1", "kernel.domainname=d"] };
  expect(await wordsFor(conf, "bb")).toHaveLength(3);
  expect(await wordsFor(conf, "--network", "host", "--ipc", "host", "bb")).toEqual(["--sysctl=kernel.domainname=d"]);
});

test("profiles and devices are left out for a privileged container", async () => {
  const conf = { seccomp_profile: "/p.json", apparmor_profile: "mine", devices: ["/dev/fuse"] };
  expect(await wordsFor(conf, "--security-opt", "seccomp=unconfined", "bb")).toEqual([
    "--security-opt=apparmor=mine",
    "--device=/dev/fuse",
  ]);
  expect(await wordsFor(conf, "--privileged", "bb")).toEqual([]);
});

test("a member has from its pod what is usual for containers, and the pod what is its own to have", async () => {
  const containers = {
    default_sysctls: ["net.ipv4.ping_group_range=0 0"],
    dns_servers: ["1.1.1.1"],
    ipcns: "shareable",
    pids_limit: 100,
    utsns: "private",
  };
  expect(await wordsFor(containers, "--pod", "web", "bb")).toEqual(["--pids-limit=100"]);
  const conf = { containers, engine: { infra_image: "mine", pod_exit_policy: "stop" }, network: {} };
  expect(await wordsOf("pod create", conf, ["--pod-id-file", "/f", "web"])).toEqual([
    "--infra-image=mine",
    "--exit-policy=stop",
    "--sysctl=net.ipv4.ping_group_range=0 0",
    "--dns=1.1.1.1",
    "--uts=private",
  ]);
  for (const words of [["--infra=false"], ["--share", "none"], ["--share="]])
    expect(await wordsOf("pod create", conf, [...words, "web"])).toEqual(["--exit-policy=stop"]);
  expect(await wordsOf("pod create", conf, ["--share", "none", "--infra=true", "web"])).toContain("--dns=1.1.1.1");
});
