import { bytes, json, type Operation, type Operations } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
  textMap,
  texts,
  titled,
} from "../../openapi/schema.ts";
import { LOGIN } from "../image/described.ts";
import { podReport } from "../pod/described-inspect.ts";

const removed: Schema = list(object({ Err: orNull(text), Id: text }));

const pod: Schema = titled(
  "LibpodPlayedPod",
  object({
    ID: text,
    Containers: texts,
    InitContainers: orNull(texts),
    Logs: texts,
    ContainerErrors: orNull(texts),
  }),
);

const report: Schema = titled(
  "LibpodPlayReport",
  object({
    Pods: orNull(list(pod)),
    Volumes: orNull(list(object({ Name: text }))),
    StopReport: orNull(list(podReport)),
    RmReport: orNull(removed),
    "VolumeRmReport?": removed,
    "SecretRmReport?": list(object({ Err: orNull(text), ID: text })),
    Secrets: orNull(list(object({ CreateReport: object({ ID: text }) }))),
  }),
);

const FILE = { bytes: "application/yaml" };

const play: Operation = {
  summary: "Make what a file of Kubernetes describes",
  query: {
    start: flag,
    replace: flag,
    network: text,
    publishPorts: text,
    publishAllPorts: flag,
    staticIPs: text,
    staticMACs: text,
    noHosts: flag,
    noHostname: flag,
    userns: text,
    logDriver: text,
    logOptions: text,
    annotations: { json: textMap },
    tlsVerify: flag,
    username: text,
    password: text,
    build: flag,
    wait: flag,
    serviceContainer: flag,
    seccompProfileRoot: text,
  },
  headers: LOGIN,
  body: FILE,
  answers: { 200: json(report) },
  errors: [401, 403, 404, 409, 413, 501, 503],
};

const down: Operation = {
  summary: "Remove what a file has made",
  query: { force: flag },
  body: FILE,
  answers: { 200: json(report) },
  errors: [404, 409, 413, 501],
};

/** Files of Kubernetes. */
export const KUBE_OPERATIONS: Operations = {
  "POST /libpod/kube/play": play,
  "DELETE /libpod/kube/play": down,
  "POST /libpod/play/kube": play,
  "DELETE /libpod/play/kube": down,
  "GET /libpod/generate/kube": {
    summary: "A file that describes pods, containers and volumes",
    query: {
      names: text,
      type: oneOf("pod", "deployment", "daemonset", "job"),
      replicas: integer,
      service: flag,
    },
    answers: { 200: bytes("text/vnd.yaml") },
    errors: [404, 409, 501],
  },
  "GET /libpod/generate/{name}/systemd": {
    summary: "Refused: a Quadlet file is the way",
    answers: {},
    errors: [501],
  },
};
