import { expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { TestProject } from "../fixtures/compose.ts";
import { useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

test("secrets and configs come from files, variables, texts and the engine's store, with owner and mode where the file says so", async () => {
  await engine.ok(["secret", "create", "theirs", "-"], { stdin: "from the store" });
  await using project = new TestProject(engine, "told", {
    "compose.yaml": `
services:
  web:
    image: bb:1
    command: sleep 1000
    stop_signal: SIGKILL
    user: "1000"
    secrets:
      - {source: own, target: mine, uid: "1000", gid: "7", mode: 0400}
      - variable
      - stored
    configs:
      - {source: text, target: /etc/text, mode: 0440, gid: "0", uid: "1000"}
      - {source: said, target: /etc/said}
      - {source: kept, target: /etc/kept}
secrets:
  own: {file: ./own.txt, labels: {team: red}}
  variable: {environment: WORD}
  stored: {external: true, name: theirs}
configs:
  text: {content: "user is \${WORD}\\n", labels: {team: blue}}
  said: {environment: WORD}
  kept: {external: true, name: theirs}
`,
    "own.txt": "a file\n",
    ".env": "WORD=word\n",
  });
  // Whoever runs in the container could not read it as it is.
  chmodSync(join(project.folder, "own.txt"), 0o600);
  await project.ok(["up", "-d"]);
  const inside = async (script: string): Promise<string> => await project.ok(["exec", "-T", "web", "sh", "-c", script]);
  expect(await inside("cd /run/secrets && ls -ln mine | cut -c1-10 && stat -c '%u %g %a' mine && cat mine")).toBe(
    "-r--------\n1000 7 400\na file",
  );
  expect(await inside("cat /run/secrets/variable; echo; cat /run/secrets/stored")).toBe("word\nfrom the store");
  expect(await inside("stat -c '%u %g %a' /etc/text; cat /etc/text /etc/said; echo; cat /etc/kept")).toBe(
    "1000 0 440\nuser is word\nword\nfrom the store",
  );
  expect(await engine.ok(["secret", "inspect", "--format", "{{.Spec.Labels.team}}", "told_own", "told_text"])).toBe(
    "red\nblue",
  );
  await project.ok(["down", "-t", "0"]);
  expect(await engine.ok(["secret", "ls", "--format", "{{.Name}}"])).toBe("theirs");
  await engine.ok(["secret", "rm", "theirs"]);
});

test("a secret from a variable that is not set is none: an up names it, what takes the project down needs none", async () => {
  const text = `services:
  web: {image: "bb:1", command: sleep 1000, secrets: [word, empty]}
secrets: {word: {environment: NO_SUCH_WORD}, empty: {environment: EMPTY}}
`;
  await using project = new TestProject(engine, "unset", { "compose.yaml": text, ".env": "EMPTY=\n" });
  const { code, stderr } = await project.run(["up", "-d"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('environment variable "NO_SUCH_WORD" required by secret "word" is not set'),
  ]);
  await Bun.write(join(project.folder, ".env"), "EMPTY=\nNO_SUCH_WORD=there\n");
  await project.ok(["up", "-d"]);
  expect(await project.ok(["exec", "-T", "web", "sh", "-c", "cat /run/secrets/word /run/secrets/empty"])).toBe("there");
  await Bun.write(join(project.folder, ".env"), "EMPTY=\n");
  expect(await project.ok(["ps", "--services"])).toBe("web");
  await project.ok(["down", "-t", "0"]);
});

test("hooks run as whom, where and with what the file says, before the start, after it and before the end", async () => {
  await using project = new TestProject(engine, "hooked", {
    "compose.yaml": `
services:
  web:
    image: bb:1
    command: sleep 1000
    stop_signal: SIGKILL
    user: "1000"
    volumes: ["shared:/shared"]
    pre_start:
      - command: [sh, -c, "echo $$(id -u) $$(pwd) $$WORD $$(grep -c CapEff:.*ffff /proc/self/status) > /shared/$$WORD"]
        user: "0"
        working_dir: /tmp
        environment: {WORD: before}
        privileged: true
    post_start:
      - command: [sh, -c, "echo $$(id -u) $$(pwd) $$WORD $$(grep -c CapEff:.*ffff /proc/self/status) > /shared/$$WORD"]
        user: "0"
        working_dir: /tmp
        environment: {WORD: after}
        privileged: true
    pre_stop:
      - command: [sh, -c, "echo $$(id -u) $$(pwd) $$WORD $$(grep -c CapEff:.*ffff /proc/self/status) > /shared/$$WORD"]
        user: "0"
        working_dir: /tmp
        environment: {WORD: end}
        privileged: true
  plain:
    image: bb:1
    command: sleep 1000
    stop_signal: SIGKILL
    volumes: ["shared:/shared"]
    post_start: [{command: [sh, -c, "grep -c 'CapEff:.*ffff' /proc/self/status > /shared/plain || true"]}]
volumes: {shared: {}}
`,
  });
  await project.ok(["up", "-d"]);
  await project.ok(["stop", "web"]);
  expect(await project.ok(["exec", "-T", "plain", "sh", "-c", "cd /shared; cat before after end plain"])).toBe(
    "0 /tmp before 1\n0 /tmp after 1\n0 /tmp end 1\n0",
  );
});
