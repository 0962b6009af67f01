import { expect, test } from "bun:test";
import { planOf as plan, podText as pod, refusalOf as refusal } from "../../../test/fixtures/kube-plan.ts";

const MAP = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {cd: one}\n";

test("a hostPath may be what an earlier one of the file makes", () => {
  const volumes = [
    "{name: a, hostPath: {path: /srv/a, type: DirectoryOrCreate}}",
    "{name: b, hostPath: {path: /srv/, type: Directory}}",
  ];
  expect(plan(pod("", `volumes: [${volumes.join(", ")}]`)).pods[0]?.hostPaths).toHaveLength(2);
  expect(refusal(pod("", `volumes: [${volumes.toReversed().join(", ")}]`))).toContain("there is nothing");
});

test("tells that a deadline counts for each start of a container", () => {
  const warnings = (policy: string): readonly string[] =>
    plan(pod("", `activeDeadlineSeconds: 9\nrestartPolicy: ${policy}`)).warnings;
  expect(warnings("OnFailure")).toEqual([expect.stringMatching(/^p\.yaml:5:3: activeDeadlineSeconds counts anew/)]);
  expect(warnings("Never")).toEqual([]);
});

test("has a host name that Linux takes, however long the pod's is", () => {
  const name = `${"a".repeat(62)}-${"b".repeat(30)}`;
  const [planned] = plan(pod().replace("name: web,", `name: ${name},`)).pods;
  expect(planned).toMatchObject({ name, infra: { hostname: "a".repeat(62) } });
});

test("without the host's users, a pod has as many ids as with Kubernetes", () => {
  const [planned] = plan(pod("", "hostUsers: false")).pods;
  expect(planned?.infra.namespaces?.user).toMatchObject({ mode: "auto", size: 65_536 });
  expect(planned?.share).toContain("user");
});

test("pods of a Deployment are in its namespace; replicas may say a hostPort of 0, which is none", () => {
  const text = pod(
    "ports: [{containerPort: 80, hostPort: 0}]\nenv: [{name: N, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]",
  )
    .replace(/^.*\n.*\nmetadata: .*\n/, "")
    .replaceAll(/^/gm, "    ");
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: w, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
${text}`;
  const { pods } = plan(deployment.trimEnd());
  expect(pods).toHaveLength(2);
  for (const { infra, containers } of pods) {
    expect(containers[0]?.spec.env).toEqual(["N=shop"]);
    expect(infra.ports).toEqual([]);
  }
});

test.each([
  ["ConfigMap", "binaryData", "encode it with base64, or use data"],
  ["Secret", "data", "encode it with base64, or use stringData"],
])("tells by which field a %s has texts as they are", (kind, field, fix) => {
  const text = `apiVersion: v1\nkind: ${kind}\nmetadata: {name: d}\n${field}: {a: "%%"}\n`;
  expect(() => plan(text)).toThrow(expect.objectContaining({ fix }));
});

test.each([
  [
    "a hostPath of another type",
    pod("", "volumes: [{name: v, hostPath: {path: /file, type: Directory}}]"),
    'p.yaml:5:34: the hostPath "/file": it is no Directory',
  ],
  [
    "a hostPath where there is nothing",
    pod("", "volumes: [{name: v, hostPath: {path: /none}}]"),
    'p.yaml:5:34: the hostPath "/none": there is nothing',
  ],
  [
    "a subPath that leads out of the volume",
    pod("volumeMounts: [{name: v, mountPath: /v, subPath: a/../../b}]", "volumes: [{name: v, emptyDir: {}}]"),
    'p.yaml:9:45: "a/../../b" leads out of the volume',
  ],
  [
    "a subPath that the volume does not have",
    pod("volumeMounts: [{name: v, mountPath: /v, subPath: c}]", "volumes: [{name: v, configMap: {name: m}}]") + MAP,
    'p.yaml:9:45: the volume "v" has no "c"',
  ],
  [
    "two mounts at one path",
    pod("volumeMounts: [{name: v, mountPath: /v}, {name: v, mountPath: /v/}]", "volumes: [{name: v, emptyDir: {}}]"),
    'p.yaml:9:56: the container has two mounts at "/v/"',
  ],
  [
    "an unknown capability",
    pod("securityContext: {capabilities: {add: [NET_ADMIN, NET_FOO]}}"),
    'p.yaml:8:55: unknown capability "NET_FOO"',
  ],
  [
    "an image that is no name",
    pod().replace("bb:1", '"bad image!!"'),
    'p.yaml:7:5: invalid image reference "bad image!!": the path component "bad image!!" is malformed',
  ],
])("refuses %s", (_, text, what) => {
  expect(refusal(text)).toBe(what);
});
