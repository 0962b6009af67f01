import { expect, test } from "bun:test";
import { join } from "node:path";
import { folderOf, loadFiles, problemOf } from "../../test/fixtures/compose-files.ts";
import { loadProject } from "./load.ts";
import type { LoadOptions } from "./options.ts";

const WEB = "services: {web: {image: a}}\n";
const image = (tag: string): string => `services: {web: {image: "${tag}"}}\n`;

test("files are found by their usual names, in the folder or above it, with the override beside them", async () => {
  const files = {
    "docker-compose.yml": image("old"),
    "compose.yml": image("a"),
    "docker-compose.override.yml": "services: {web: {user: u}}\n",
    "deep/er/x": "",
  };
  const { project, projectDirectory, warnings, folder, ...loaded } = await loadFiles(files, { cwd: "deep/er" });
  expect(project.services["web"]).toMatchObject({ image: "a", user: "u" });
  expect(projectDirectory).toBe(folder);
  expect(loaded.files).toEqual([join(folder, "compose.yml"), join(folder, "docker-compose.override.yml")]);
  expect(warnings).toEqual([
    `found multiple config files with supported names: compose.yml, docker-compose.yml; using ${join(folder, "compose.yml")}`,
  ]);
});

test("COMPOSE_FILE names files, also in .env; -f comes before it; relative paths are the project folder's", async () => {
  const files = {
    "a.yaml": "services: {web: {image: a, volumes: ['./x:/x']}}\n",
    "sub/b.yaml": "services: {web: {user: b, volumes: ['./y:/y']}}\n",
    ".env": "COMPOSE_FILE=a.yaml:sub/b.yaml\n",
  };
  const { project, folder } = await loadFiles(files);
  expect(project.services["web"]?.volumes?.map(({ source }) => source)).toEqual([join(folder, "x"), join(folder, "y")]);
  const one = await loadFiles(files, { files: ["a.yaml"] });
  expect(one.project.services["web"]?.user).toBeUndefined();
});

test("a file from stdin", async () => {
  const { project, files } = await loadFiles(
    { x: "" },
    { files: ["-"], readStdin: async () => await Promise.resolve(WEB) },
  );
  expect([project.services["web"]?.image, files]).toEqual(["a", ["-"]]);
});

test("no file, a file that is not there, an empty file", async () => {
  expect((await problemOf({ x: "" })).reason).toBe("compose.no_file");
  expect((await problemOf({ x: "" }, { files: ["no.yaml"] })).reason).toBe("compose.no_file");
  expect((await problemOf("# nothing\n")).reason).toBe("compose.empty_file");
});

test("the project's name: -p, COMPOSE_PROJECT_NAME, name:, the folder; it fills in variables", async () => {
  using folder = folderOf({
    "My.App/compose.yaml": "name: from-${WHAT:-file}\nservices: {web: {image: $COMPOSE_PROJECT_NAME}}\n",
    "Other_1/compose.yaml": WEB,
  });
  const load = async (dir: string, options: Partial<LoadOptions>): Promise<string[]> => {
    const { project } = await loadProject({
      cwd: join(folder.path, dir),
      files: [],
      profiles: [],
      envFiles: [],
      environment: {},
      ...options,
    });
    return [project.name, project.services["web"]?.image ?? ""];
  };
  expect(await load("My.App", {})).toEqual(["from-file", "from-file"]);
  expect(await load("My.App", { environment: { COMPOSE_PROJECT_NAME: "env" } })).toEqual(["env", "env"]);
  expect(await load("My.App", { projectName: "p", environment: { COMPOSE_PROJECT_NAME: "env" } })).toEqual(["p", "p"]);
  expect((await load("Other_1", {}))[0]).toBe("other_1");
  expect((await problemOf(WEB, { projectName: "No Way" })).reason).toBe("compose.bad_project_name");
});

test("variables: the process's above .env, the first that sets one counts; --env-file instead of .env, the later wins", async () => {
  const files = {
    "compose.yaml": image("$A-$B"),
    ".env": "A=dot\nB=dot\n",
    "one.env": "A=1\nB=1\n",
    "two.env": "B=2\n",
  };
  const imageWith = async (options: Partial<LoadOptions>): Promise<string | undefined> =>
    (await loadFiles(files, options)).project.services["web"]?.image;
  expect(await imageWith({ environment: { A: "os" } })).toBe("os-dot");
  expect(await imageWith({ envFiles: ["one.env", "two.env"] })).toBe("1-2");
  expect(await imageWith({ environment: { COMPOSE_ENV_FILES: "one.env,two.env" } })).toBe("1-2");
  const { warnings, project } = await loadFiles(files, { environment: { COMPOSE_DISABLE_ENV_FILE: "1" } });
  expect(project.services["web"]?.image).toBe("-");
  expect(warnings).toEqual([
    'The "A" variable is not set. Defaulting to a blank string.',
    'The "B" variable is not set. Defaulting to a blank string.',
  ]);
  expect((await problemOf(files, { envFiles: ["no.env"] })).reason).toBe("compose.no_env_file");
});

test(".env of the current folder comes before that of the project's; with -f only the project's is read", async () => {
  const files = { "compose.yaml": image("$A-$B"), ".env": "A=project\nB=project\n", "sub/.env": "A=cwd\n" };
  expect((await loadFiles(files, { cwd: "sub" })).project.services["web"]?.image).toBe("cwd-project");
  expect((await loadFiles(files, { cwd: "sub", files: ["../compose.yaml"] })).project.services["web"]?.image).toBe(
    "project-project",
  );
});

test("a container's variables: environment above env files, the later file above the earlier; what is only named comes from the project", async () => {
  const files = {
    "compose.yaml": `services:
  web:
    image: a
    env_file: [one.env, {path: no.env, required: false}, {path: raw.env, format: raw}]
    environment: {OWN: own, NAMED: , UNSET: , BOTH: own}
    label_file: labels
    labels: {b: own}
`,
    "one.env": "ONE=1\nBOTH=file\nUSES=$OWN/$OUT/$ONE\nNAMED2\n",
    "raw.env": 'RAW="$ONE"\nONE=2\n',
    labels: "a=file\nb=file\n",
  };
  const { project, sources } = await loadFiles(files, { environment: { NAMED: "n", NAMED2: "n2", OUT: "out" } });
  const web = project.services["web"];
  expect(web?.environment).toEqual({
    BOTH: "own",
    NAMED: "n",
    NAMED2: "n2",
    ONE: "2",
    OWN: "own",
    RAW: '"$ONE"',
    UNSET: null,
    USES: "own/out/1",
  });
  expect(web?.labels).toEqual({ a: "file", b: "own" });
  expect([web?.env_file, web?.label_file]).toEqual([undefined, undefined]);
  expect(sources.of(["services", "web", "environment", "USES"])?.via).toEqual(["one.env:3"]);
});

test("extends: of a service of the same file and of another one, whose paths are its own", async () => {
  const files = {
    "compose.yaml":
      "services:\n  web: {extends: {file: sub/base.yaml, service: one}, cap_add: [B], volumes: ['./w:/w']}\n",
    "sub/base.yaml":
      "services:\n  zero: {image: z, user: u, environment: {A: 1}}\n  one: {extends: zero, image: $TAG, volumes: ['./b:/b'], cap_add: [A], env_file: e.env, networks: [default]}\n",
    "sub/e.env": "E=e\n",
  };
  const { project, folder } = await loadFiles(files, { environment: { TAG: "t" } });
  const web = project.services["web"];
  expect(web).toMatchObject({ image: "t", user: "u", environment: { A: "1", E: "e" }, cap_add: ["A", "B"] });
  expect(web?.volumes?.map(({ source }) => source)).toEqual([join(folder, "sub/b"), join(folder, "w")]);
  expect(Object.keys(project.services)).toEqual(["web"]);
});

test("extends: circles, services and files that are not there", async () => {
  const circle = await problemOf("services:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: b}\n");
  expect(circle.reason).toBe("compose.cycle");
  expect(circle.message).toContain(
    "Circular reference:\n  b (compose.yaml:3:16)\n  extends c (compose.yaml:4:16)\n  extends b",
  );
  const unknown = await problemOf("services:\n  a: {extends: bb}\n  bc: {image: x}\n");
  expect([unknown.what, unknown.fix]).toEqual([
    'compose.yaml:2:16: cannot extend service "a": compose.yaml has no service "bb"',
    'did you mean "bc"?',
  ]);
  expect((await problemOf("services:\n  a: {extends: {file: no.yaml, service: b}}\n")).reason).toBe("compose.no_file");
  expect((await problemOf("services:\n  a: {extends: {file: 'https://x/y.git', service: b}}\n")).reason).toBe(
    "compose.remote_file",
  );
});

test("include: a project of its own folder and .env, below what the file itself says", async () => {
  const files = {
    "compose.yaml":
      "include:\n  - sub/compose.yaml\n  - {path: [two/a.yaml, two/b.yaml], project_directory: ., env_file: two/x.env}\nservices:\n  web: {image: a, depends_on: [db]}\n  db: {user: local}\n",
    ".env": "OUTER=outer\n",
    "sub/compose.yaml":
      "services:\n  db: {image: 'db-$OUTER-$INNER', user: sub, volumes: ['./data:/d', v:/v]}\nvolumes: {v: }\n",
    "sub/.env": "INNER=inner\nOUTER=no\n",
    "two/a.yaml": "services: {two: {image: $X, volumes: ['./t:/t']}}\n",
    "two/b.yaml": "services: {two: {user: b}}\n",
    "two/x.env": "X=x\n",
  };
  const { project, folder } = await loadFiles(files);
  expect(Object.keys(project.services)).toEqual(["db", "two", "web"]);
  expect(project.services["db"]).toMatchObject({ image: "db-outer-inner", user: "local" });
  expect(project.services["db"]?.volumes?.[0]?.source).toBe(join(folder, "sub/data"));
  expect(project.services["two"]).toMatchObject({ image: "x", user: "b" });
  expect(project.services["two"]?.volumes?.[0]?.source).toBe(join(folder, "t"));
  expect(Object.keys(project.volumes)).toEqual(["v"]);
});

test("include: an included service can be extended and reset; circles are refused", async () => {
  const files = {
    "compose.yaml": "include: [b.yaml]\nservices:\n  web: {extends: base, user: u}\n  gone: !reset null\n",
    "b.yaml": "services: {base: {image: a}, gone: {image: g}}\n",
  };
  const { project } = await loadFiles(files);
  expect(Object.keys(project.services)).toEqual(["base", "web"]);
  expect(project.services["web"]).toMatchObject({ image: "a", user: "u" });
  const circle = await problemOf({ "compose.yaml": "include: [b.yaml]\n", "b.yaml": "include: [compose.yaml]\n" });
  expect(circle.message).toContain(
    "b.yaml:1:11: include cycle detected:\n  compose.yaml\n  includes b.yaml\n  includes compose.yaml",
  );
});

test("profiles: a service with some is on when one is enabled; by name on the command line; an optional dependency may be off", async () => {
  const text =
    "services:\n  web: {image: a, depends_on: {tool: {condition: service_started, required: false}}}\n  tool: {image: a, profiles: [dev]}\n  other: {image: a, profiles: [ops]}\n";
  const names = async (options: Partial<LoadOptions>): Promise<string[]> =>
    Object.keys((await loadFiles(text, options)).project.services);
  expect(await names({})).toEqual(["web"]);
  expect(await names({ profiles: ["dev"] })).toEqual(["tool", "web"]);
  expect(await names({ profiles: ["*"] })).toEqual(["other", "tool", "web"]);
  expect(await names({ environment: { COMPOSE_PROFILES: "dev, ops" } })).toEqual(["other", "tool", "web"]);
  expect(await names({ services: ["other"] })).toEqual(["other"]);
  const { project, declaredServices, disabledServices } = await loadFiles(text);
  expect(project.services["web"]?.depends_on).toBeUndefined();
  expect([declaredServices, disabledServices]).toEqual([
    ["other", "tool", "web"],
    ["other", "tool"],
  ]);
  const off = await problemOf(
    "services:\n  web: {image: a, depends_on: [tool]}\n  tool: {image: a, profiles: [dev]}\n",
  );
  expect([off.reason, off.what, off.fix]).toEqual([
    "compose.disabled_dependency",
    'compose.yaml:2:32: service "web" depends on "tool", which no enabled profile has',
    "add --profile dev, or write required: false",
  ]);
});

test("named services come with what they depend on, or alone; what nothing uses is left out", async () => {
  const text =
    "services:\n  web: {image: a, depends_on: [db], volumes: [w:/w]}\n  db: {image: a, volumes: [d:/d]}\n  other: {image: a, env_file: no.env}\nvolumes: {w: , d: , unused: }\n";
  const both = await loadFiles(text, { services: ["web"] });
  expect([Object.keys(both.project.services), Object.keys(both.project.volumes)]).toEqual([
    ["db", "web"],
    ["d", "w"],
  ]);
  const alone = await loadFiles(text, { services: ["web"], dependencies: false });
  expect([Object.keys(alone.project.services), alone.project.services["web"]?.depends_on]).toEqual([
    ["web"],
    undefined,
  ]);
  const all = await loadFiles(text, { services: ["db"], allResources: true });
  expect(Object.keys(all.project.volumes)).toEqual(["d", "unused", "w"]);
  const unknown = await problemOf(text, { services: ["wbe"] });
  expect([unknown.reason, unknown.fix]).toEqual(["compose.unknown_service", 'did you mean "web"?']);
});

test("every value has a place, also through merges and variables", async () => {
  const files = {
    "compose.yaml": "services:\n  web:\n    image: a:$TAG\n",
    "over.yaml": "services:\n  web:\n    ports: [80]\n",
    ".env": "TAG=1\n",
  };
  const { sources } = await loadFiles(files, { files: ["compose.yaml", "over.yaml"] });
  const place = (...path: (string | number)[]): unknown => {
    const origin = sources.of(path);
    return [origin?.source.name, origin?.offset, origin?.via];
  };
  expect(place("services", "web", "image")).toEqual(["compose.yaml", 28, ["TAG (.env:1)"]]);
  expect(place("services", "web", "ports", 0, "target")).toEqual(["over.yaml", 29, undefined]);
});

test("an obsolete version is passed over with a warning", async () => {
  const { warnings } = await loadFiles(`version: "3.8"\n${WEB}`);
  expect(warnings).toEqual([
    "compose.yaml: the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion",
  ]);
});
