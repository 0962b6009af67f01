import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configFiles, loadContainersConf, setEngineVariables } from "./containers-conf.ts";
import { KEYS } from "./containers-keys.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "estiba-conf-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe("which files count", () => {
  test("the system's, the user's, each with its drop-ins in order; the override last", () => {
    write("home/.config/containers/containers.conf.d/20-b.conf", "");
    write("home/.config/containers/containers.conf.d/10-a.conf", "");
    write("home/.config/containers/containers.conf.d/30-c.txt", "");
    const own = join(folder, "home/.config/containers");
    const paths = configFiles({ HOME: join(folder, "home"), CONTAINERS_CONF_OVERRIDE: "/over" }).map(
      ({ path }) => path,
    );
    expect(paths[0]).toBe("/usr/share/containers/containers.conf");
    expect(paths.indexOf("/etc/containers/containers.conf")).toBeGreaterThan(0);
    expect(paths.slice(-4)).toEqual([
      `${own}/containers.conf`,
      `${own}/containers.conf.d/10-a.conf`,
      `${own}/containers.conf.d/20-b.conf`,
      "/over",
    ]);
  });

  test("CONTAINERS_CONF stands in the place of all but the override, and XDG_CONFIG_HOME in that of ~/.config", () => {
    expect(configFiles({ HOME: "/h", CONTAINERS_CONF: "/only" })).toEqual([{ path: "/only", required: true }]);
    expect(configFiles({ HOME: "/h", XDG_CONFIG_HOME: "/x" }).at(-1)?.path).toBe("/x/containers/containers.conf");
  });
});

test("a later file wins key by key, tables are joined, and a list with append=true grows", () => {
  const first = write("first", '[containers]\nenv = ["A=1"]\ntz = "local"\n[engine.runtimes]\na = ["/a"]\n');
  const over = '[containers]\nenv = ["B=2", {append=true}]\n[engine.runtimes]\nb = ["/b"]\n[machine]\ncpus = 2\n';
  const conf = loadContainersConf({ CONTAINERS_CONF: first, CONTAINERS_CONF_OVERRIDE: write("over", over) });
  expect(conf).toEqual({
    containers: { env: ["A=1", "B=2"], tz: "local" },
    engine: { runtimes: { a: ["/a"], b: ["/b"] } },
    network: {},
  });
  const replaced = write("replaced", '[containers]\nenv = ["C=3"]\n');
  expect(loadContainersConf({ CONTAINERS_CONF: first, CONTAINERS_CONF_OVERRIDE: replaced }).containers["env"]).toEqual([
    "C=3",
  ]);
});

test("what breaks a file is told with line and column, a wrong type with its key", () => {
  const broken = write("broken", "[containers]\npids_limit = 1\nenv = [\n  1,\n]\n\n  tz = oops\n");
  expect(() => loadContainersConf({ CONTAINERS_CONF: broken })).toThrow(`${broken}:7:3: `);
  const typed = write("typed", '[engine]\nstop_timeout = "soon"\n');
  expect(() => loadContainersConf({ CONTAINERS_CONF: typed })).toThrow('engine.stop_timeout is "soon", not number');
  expect(() => loadContainersConf({ CONTAINERS_CONF: join(folder, "missing") })).toThrow("cannot read");
});

test("variables of the engine are set unless they are there", () => {
  const environment: Record<string, string | undefined> = { SET: "already" };
  setEngineVariables(
    { containers: {}, network: {}, engine: { env: ["SET=new", "https_proxy=http://p:1/?a=b"] } },
    environment,
  );
  expect(environment).toEqual({ SET: "already", https_proxy: "http://p:1/?a=b" });
});

test("docs/configuration.md lists every key, with what it does", () => {
  const text = readFileSync(join(import.meta.dir, "../../docs/configuration.md"), "utf8");
  const rows = Object.entries(KEYS).flatMap(([section, keys]) =>
    Object.entries(keys).map(
      ([key, [, supported, note]]) => `| \`${section}.${key}\` | ${supported ? "yes" : "no"} | ${note} |`,
    ),
  );
  expect(text.split("\n").filter((line) => /^\| `\S+` \| (yes|no) \|/.test(line))).toEqual(rows);
});
