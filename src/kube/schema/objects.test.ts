import { describe, expect, test } from "bun:test";
import { isEstibaError } from "../../lib/error.ts";
import { readObjects } from "./objects.ts";

function read(text: string) {
  return readObjects({ name: "p.yaml", text });
}

/** The message of what the text is refused with, without the code frame, and the fix. */
function refusal(text: string): [what: string, fix: string | undefined] {
  try {
    read(text);
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    return [error.message.split("\n    |")[0]?.split(/\n *\d+ \|/)[0] ?? "", error.fix];
  }
  throw new Error("it was not refused");
}

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: c
    image: bb:1
`;

describe("objects of a YAML file", () => {
  test("are plain values; a List stands for its items, and empty documents for nothing", () => {
    const { objects, warnings } = read(
      `---\n${POD}---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: m}\n  data: {a: "1"}\n`,
    );
    expect(objects.map(({ kind, name }) => `${kind}/${name}`)).toEqual(["Pod/web", "ConfigMap/m"]);
    expect(objects[0]?.value).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: { containers: [{ name: "c", image: "bb:1" }] },
    });
    expect(warnings).toEqual([]);
  });

  test("are read as kubectl reads YAML: 0644 is octal, on is a truth value where one belongs, a date and 12:30 are texts", () => {
    const { objects } = read(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\nimmutable: on\ndata: {d: 2024-01-01, t: 12:30, v: v1}\n",
    );
    expect(objects[0]?.value).toMatchObject({ immutable: true, data: { d: "2024-01-01", t: "12:30", v: "v1" } });
    const volume = `${POD}  volumes:\n  - name: v\n    configMap: {name: m, defaultMode: 0640}\n`;
    expect(read(volume).objects[0]?.value).toMatchObject({
      spec: { volumes: [{ configMap: { defaultMode: 0o640 } }] },
    });
  });

  test("may use anchors and merge keys", () => {
    const { objects } = read(
      `${POD}    env: &e\n    - {name: A, value: x}\n  - name: d\n    <<: {image: "i:1", workingDir: /w}\n    image: "i:2"\n    env: *e\n`,
    );
    expect(objects[0]?.value).toMatchObject({
      spec: { containers: [{}, { name: "d", image: "i:2", workingDir: "/w", env: [{ name: "A", value: "x" }] }] },
    });
  });

  test("show where a field is unknown, and which was meant", () => {
    expect(refusal(`${POD}    imagePullPolcy: Always\n`)).toEqual([
      'p.yaml:9:5: unknown field "spec.containers[0].imagePullPolcy"',
      'did you mean "imagePullPolicy"?',
    ]);
  });

  test.each([
    [
      "a number for a text",
      "    workingDir: 3\n",
      "p.yaml:9:17: spec.containers[0].workingDir must be a text, not the number 3",
      'write it in quotes: "3"',
    ],
    [
      "a text for a number",
      '    ports: [{containerPort: "80"}]\n',
      'p.yaml:9:29: spec.containers[0].ports[0].containerPort must be a number from 1 to 65535, not the text "80"',
      "leave out the quotes",
    ],
    [
      "a text in quotes for a truth value",
      '    tty: "yes"\n',
      'p.yaml:9:10: spec.containers[0].tty must be true or false, not the text "yes"',
      "leave out the quotes",
    ],
    [
      "a text for a list",
      "    command: ls\n",
      'p.yaml:9:14: spec.containers[0].command must be a list, not the text "ls"',
      'begin each item with "- "',
    ],
    [
      "another word",
      "    imagePullPolicy: Allways\n",
      'p.yaml:9:22: spec.containers[0].imagePullPolicy must be Always or IfNotPresent or Never, not the text "Allways"',
      "did you mean Always?",
    ],
    [
      "no quantity",
      "    resources: {limits: {memory: 64MB}}\n",
      'p.yaml:9:34: spec.containers[0].resources.limits.memory must be a quantity, not the text "64MB"',
      "for example 500m, 1.5, 128Mi",
    ],
    ["a missing field", "    env: [{value: a}]\n", 'p.yaml:9:11: spec.containers[0].env[0] has no "name"', "add name:"],
    [
      "what is not possible here",
      "    lifecycle: {preStop: {exec: {command: [a]}}}\n",
      "p.yaml:9:5: spec.containers[0].lifecycle is not possible here",
      "nothing of Estiba runs when the container starts or stops by itself; put it in the command",
    ],
  ])("refuse %s, with its place and how to mend it", (_, line, what, fix) => {
    expect(refusal(`${POD}${line}`)).toEqual([what, fix]);
  });

  test("tell all mistakes of a file at once, in order", () => {
    const [what] = refusal(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  contaners: []\n  restartPolicy: Sometimes\n",
    );
    expect(what).toBe(
      'p.yaml has 3 mistakes:\n  p.yaml:5:3: unknown field "spec.contaners"; did you mean "containers"?\n' +
        '  p.yaml:5:3: spec has no "containers"; add containers:\n' +
        '  p.yaml:6:18: spec.restartPolicy must be Always or OnFailure or Never, not the text "Sometimes"',
    );
  });

  test("warn of what has no effect on one host, and read over what a server wrote", () => {
    const { warnings } = read(
      `${POD}  nodeSelector: {disk: ssd}\n  tolerations: []\n  affinity: {}\nstatus: {phase: Running}\n`,
    );
    expect(warnings).toEqual(["p.yaml:9:3: spec.nodeSelector has no effect: this host is the only node"]);
  });

  test.each([
    ["CronJob", "the kind CronJob is not possible here"],
    ["Ingress", "the kind Ingress is not possible here"],
    ["Deploymen", 'unknown kind "Deploymen"'],
  ])("refuse the kind %s", (kind, what) => {
    expect(refusal(`apiVersion: v1\nkind: ${kind}\n`)[0]).toBe(`p.yaml:2:7: ${what}`);
  });

  test.each([
    ["a syntax error", "a: [1\n", /^p\.yaml:1:4: this bracket is never closed/],
    ["a key that stands twice", "a: 1\na: 2\n", /^p\.yaml:2:1: the key "a" stands twice/],
    ["an empty file", "# nothing\n", /^p\.yaml:1:1: there is no object in the file/],
    ["two objects of one name", `${POD}---\n${POD}`, /^p\.yaml:10:1: there are two objects Pod "web"/],
    [
      "an object without a name",
      "apiVersion: v1\nkind: Pod\nmetadata: {}\nspec: {containers: []}\n",
      /^p\.yaml:3:11: metadata of the Pod has no "name"/,
    ],
    [
      "an object whose metadata is empty",
      "apiVersion: v1\nkind: Pod\nmetadata:\nspec: {containers: []}\n",
      /^p\.yaml:1:1: the Pod has no "metadata"/,
    ],
    [
      "a wrong name, and that only",
      POD.replace("name: web", "name: Web"),
      /^p\.yaml:\d+:\d+: metadata\.name must be lower-case letters/,
    ],
    ["another version", POD.replace("v1", "v2"), /^p\.yaml:1:13: apiVersion must be v1/],
    [
      "an alias bomb",
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f", "g"].map((key, i) => `${key}: &${key} [${Array.from({ length: 10 }, () => `*${"abcdef"[i]}`).join()}]`).join("\n")}\n`,
      /aliases repeat more than/,
    ],
  ])("refuse %s", (_, text, what) => {
    expect(refusal(text)[0]).toMatch(what);
  });
});
