import { expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { kubeFiles, pod, WAIT } from "../fixtures/kube-file.ts";

const estiba = useEngine();
const { file, down } = kubeFiles(estiba);

const JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:";

test("pods start independently of each other: an init container waits for a Service whose pod stands later in the file", async () => {
  const path = file(
    "later.yaml",
    `${pod(
      "",
      `initContainers:\n- {name: waits, image: "${IMAGE}", command: [sh, -c, "until nslookup later; do sleep 0.1; done"]}`,
    )}---
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: server}}
spec: {containers: [{name: c, image: "${IMAGE}", command: [sh, -c, "${WAIT}"]}]}
---
apiVersion: v1
kind: Service
metadata: {name: later}
spec: {selector: {app: server}, ports: [{port: 80}]}
`,
  );
  await estiba.ok(["kube", "play", path]);
  expect(await estiba.ok(["ps", "--format", "{{.Names}}", "--filter", "name=-c$"])).toBe("web-c\nserver-c");
  await down(path);
});

test("an init container that fails is run again while play waits, unless the pod's restartPolicy is Never", async () => {
  const script = "test -e /e/tried || { touch /e/tried; exit 3; }";
  const init = `- {name: once, image: "${IMAGE}", command: [sh, -c, "${script}"], volumeMounts: [{name: e, mountPath: /e}]}`;
  const spec = `volumes: [{name: e, emptyDir: {}}]\ninitContainers:\n${init}`;
  const path = file("web.yaml", pod("", spec));
  const played = await estiba.run(["kube", "play", path]);
  expect(played.code).toBe(0);
  expect(played.stderr).toContain('"web-once" exited with code 3; it is run again in 0.1 s');
  expect(await estiba.ok(["ps", "-q", "--filter", "name=^web-c$"])).not.toBe("");
  await down(path);
  const never = await estiba.run(["kube", "play", file("web.yaml", pod("", `restartPolicy: Never\n${spec}`))]);
  expect(never.code).toBe(125);
  expect(never.stderr).toContain("exited with code 3");
  expect(never.stderr).not.toContain("run again");
  await down(path);
});

test("a Job ends, and its pod with it; with OnFailure it is tried again", async () => {
  const path = file(
    "job.yaml",
    `${JOB}
  backoffLimit: 1
  template:
    spec:
      restartPolicy: OnFailure
      containers: [{name: c, image: "${IMAGE}", command: [sh, -c, "echo tried; exit 3"]}]
`,
  );
  await estiba.ok(["kube", "play", path]);
  const runs = async (): Promise<string> => await estiba.ok(["logs", "j-pod-c"]);
  expect(await eventually(runs, (text) => text === "tried\ntried")).toBe("tried\ntried");
  await eventually(
    async () => await estiba.ok(["ps", "-a", "--format", "{{.State}}"]),
    (states) => states === "exited\nexited",
  );
  await down(path);
});

test("a sidecar whose startupProbe fails is started again by its policy, as long as that takes; who waits is told why", async () => {
  // The pauses between its starts become longer than what a check may be late by.
  const side = `echo >> /w/starts; n=$(wc -l < /w/starts); test $n -gt 1 -a $n -lt 7 && exit 1; ${WAIT}`;
  const path = file(
    "side.yaml",
    pod(
      "",
      `volumes: [{name: w, emptyDir: {}}]
initContainers:
- name: side
  image: "${IMAGE}"
  restartPolicy: Always
  command: [sh, -c, "${side}"]
  startupProbe: {exec: {command: [sh, -c, "echo nope; test $(wc -l < /w/starts) -ge 7"]}, periodSeconds: 1, failureThreshold: 1}
  volumeMounts: [{name: w, mountPath: /w}]`,
    ),
  );
  const { code, stderr } = await estiba.run(["kube", "play", path]);
  expect(code).toBe(0);
  expect(stderr).toContain(
    'sidecar container "web-side" is started again: its startupProbe has not passed, it said "nope"',
  );
  expect(await estiba.ok(["ps", "--filter", "name=web-", "--format", "{{.Names}} {{.State}}"])).toBe(
    "web-side running\nweb-c running",
  );
  await down(path);
}, 40_000);

test("a sidecar that is stopped while its startupProbe fails ends the start of its pod", async () => {
  const path = file(
    "side.yaml",
    pod(
      "",
      `initContainers:
- name: side
  image: "${IMAGE}"
  restartPolicy: Always
  command: [sh, -c, "${WAIT}"]
  startupProbe: {exec: {command: [sh, -c, "echo nope; exit 1"]}, periodSeconds: 1, failureThreshold: 30}`,
    ),
  );
  const played = estiba.run(["kube", "play", path]);
  await eventually(
    async () => (await estiba.run(["inspect", "--format", "{{json .State.Health.Log}}", "web-side"])).stdout,
    (log) => log.includes("nope"),
  );
  await estiba.ok(["stop", "web-side"]);
  const { code, stderr } = await played;
  expect(code).toBe(125);
  expect(stderr).toContain(
    'sidecar container "web-side" has ended before its start-up check passed, which said "nope"\n  see: estiba logs web-side',
  );
  await down(path);
}, 20_000);

test("a sidecar starts in its turn, with its startupProbe passed, and is stopped when the others have ended", async () => {
  const mount = "volumeMounts: [{name: w, mountPath: /w}]";
  const side = `sleep 1; echo side >> /w/order; ${WAIT}`;
  const path = file(
    "job.yaml",
    `${JOB}
  template:
    spec:
      restartPolicy: Never
      volumes: [{name: w, emptyDir: {}}]
      initContainers:
      - name: side
        image: "${IMAGE}"
        restartPolicy: Always
        command: [sh, -c, "${side}"]
        startupProbe: {exec: {command: [test, -e, /w/order]}, periodSeconds: 1, failureThreshold: 30}
        ${mount}
      - {name: two, image: "${IMAGE}", command: [sh, -c, "echo two >> /w/order"], ${mount}}
      containers: [{name: c, image: "${IMAGE}", command: [cat, /w/order], ${mount}}]
`,
  );
  await estiba.ok(["kube", "play", path]);
  await eventually(
    async () => await estiba.ok(["ps", "-a", "--format", "{{.State}}"]),
    (states) => states === "exited\nexited\nexited\nexited",
  );
  expect(await estiba.ok(["logs", "j-pod-c"])).toBe("side\ntwo");
  expect(await estiba.ok(["kube", "generate", "j-pod"])).toContain("restartPolicy: Always");
  await down(path);
});
