import type { FileKind } from "../../../cluster/model/file.ts";
import { bytes, filters, json, nothing, type Operation, type Operations } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
  object,
  oneOf,
  request,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../../openapi/schema.ts";
import { service, serviceRequest, task, version } from "./described-service.ts";
import { FILE_FILTERS } from "./files.ts";
import { NODE_FILTERS } from "./nodes.ts";
import { SERVICE_FILTERS } from "./services.ts";
import { TASK_FILTERS } from "./tasks.ts";

const node: Schema = titled(
  "Node",
  object({
    ID: text,
    Version: version,
    CreatedAt: time,
    UpdatedAt: time,
    Spec: object({ Labels: textMap, Role: text, Availability: text }),
    Description: object({
      Hostname: text,
      Platform: object({ Architecture: text, OS: text }),
      Resources: object({ NanoCPUs: integer, MemoryBytes: integer }),
      Engine: object({ EngineVersion: text }),
      TLSInfo: object({ TrustRoot: text, CertIssuerSubject: text, CertIssuerPublicKey: text }),
    }),
    Status: object({ State: text, "Message?": text, Addr: text }),
    "ManagerStatus?": object({ Leader: flag, Reachability: text, Addr: text }),
  }),
);

const swarmSpec: Schema = object({
  "Name?": text,
  "Labels?": textMap,
  "Orchestration?": object({ "TaskHistoryRetentionLimit?": integer }),
  "Raft?": object({
    "SnapshotInterval?": integer,
    "KeepOldSnapshots?": integer,
    "LogEntriesForSlowFollowers?": integer,
    "ElectionTick?": integer,
    "HeartbeatTick?": integer,
  }),
  "Dispatcher?": object({ "HeartbeatPeriod?": integer }),
  "CAConfig?": object({
    "NodeCertExpiry?": integer,
    "ForceRotate?": integer,
    "SigningCACert?": text,
    "SigningCAKey?": text,
  }),
  "TaskDefaults?": object({}),
  "EncryptionConfig?": object({ "AutoLockManagers?": flag }),
});

const CLUSTER = {
  ID: text,
  Version: version,
  CreatedAt: time,
  UpdatedAt: time,
  Spec: swarmSpec,
  TLSInfo: object({ TrustRoot: text, CertIssuerSubject: text, CertIssuerPublicKey: text }),
  RootRotationInProgress: flag,
  DefaultAddrPool: texts,
  SubnetSize: integer,
  DataPathPort: integer,
};

/** The cluster, as `/info` tells of it. */
export const cluster: Schema = titled("ClusterInfo", object(CLUSTER));

const OUTSIDE = 503;

/** An operation on a manager: elsewhere it is answered with 503. */
function managed(operation: Operation): Operation {
  return { ...operation, errors: [...(operation.errors ?? []), OUTSIDE] };
}

const LOG_QUERY = {
  details: flag,
  follow: flag,
  stdout: flag,
  stderr: flag,
  since: text,
  timestamps: flag,
  tail: text,
};
const changed = json(titled("ServiceUpdateResponse", object({ Warnings: texts })));

const SWARM: Operations = {
  "GET /swarm": {
    summary: "The cluster, with what machines join it by",
    answers: {
      200: json(titled("Swarm", object({ ...CLUSTER, JoinTokens: object({ Worker: text, Manager: text }) }))),
    },
    errors: [409],
  },
  "POST /swarm/init": {
    summary: "Make this machine the first of a cluster",
    body: request("SwarmInitRequest", {
      ListenAddr: text,
      AdvertiseAddr: text,
      DataPathAddr: text,
      DataPathPort: integer,
      DefaultAddrPool: texts,
      SubnetSize: integer,
      ForceNewCluster: flag,
      AutoLockManagers: flag,
      Availability: oneOf("active", "pause", "drain"),
      Spec: swarmSpec,
    }),
    answers: { 200: json(text) },
    errors: [409, 501],
  },
  "POST /swarm/join": {
    summary: "Have this machine join a cluster",
    body: request("SwarmJoinRequest", {
      ListenAddr: text,
      AdvertiseAddr: text,
      DataPathAddr: text,
      RemoteAddrs: texts,
      JoinToken: text,
      Availability: oneOf("active", "pause", "drain"),
    }),
    answers: { 200: nothing },
    errors: [403, 409, 501],
  },
  "POST /swarm/leave": {
    summary: "Take this machine out of its cluster",
    query: { force: flag },
    answers: { 200: nothing },
  },
  "POST /swarm/update": {
    summary: "Replace a join token, or the root certificate",
    query: { version: integer, rotateWorkerToken: flag, rotateManagerToken: flag, rotateManagerUnlockKey: flag },
    body: swarmSpec,
    answers: { 200: nothing },
    errors: [409, 501],
  },
  "GET /swarm/unlockkey": {
    summary: "There is none: nothing is locked",
    answers: { 200: json(titled("UnlockKeyResponse", object({ UnlockKey: text }))) },
  },
  "POST /swarm/unlock": {
    summary: "Nothing is locked",
    body: request("UnlockRequest", { UnlockKey: text }),
    answers: {},
    errors: [409],
  },
};

const NODES: Operations = {
  "GET /nodes": {
    summary: "Nodes",
    query: { filters: filters(...NODE_FILTERS) },
    answers: { 200: json(list(node)) },
  },
  "GET /nodes/{id}": { summary: "All about a node", answers: { 200: json(node) }, errors: [404, 409] },
  "POST /nodes/{id}/update": {
    summary: "Change a node's availability and labels",
    query: { version: integer },
    body: request("NodeUpdateRequest", { Name: text, Labels: textMap, Role: text, Availability: text }),
    answers: { 200: nothing },
    errors: [404, 409, 501],
  },
  "DELETE /nodes/{id}": {
    summary: "Forget a node",
    query: { force: flag },
    answers: { 200: nothing },
    errors: [404, 409],
  },
};

const SERVICES: Operations = {
  "GET /services": {
    summary: "Services",
    query: { filters: filters(...SERVICE_FILTERS), status: flag },
    answers: { 200: json(list(service)) },
  },
  "POST /services/create": {
    summary: "Make a service",
    body: serviceRequest,
    answers: { 201: json(titled("ServiceCreateResponse", object({ ID: text, Warnings: texts }))) },
    errors: [404, 409, 501],
  },
  "GET /services/{id}": {
    summary: "All about a service",
    query: { insertDefaults: flag },
    answers: { 200: json(service) },
    errors: [404, 409],
  },
  "POST /services/{id}/update": {
    summary: "Give a service another spec, or the one that it had before",
    query: { version: integer, rollback: text, registryAuthFrom: text },
    body: serviceRequest,
    answers: { 200: changed },
    errors: [404, 409, 501],
  },
  "DELETE /services/{id}": { summary: "Remove it with its tasks", answers: { 200: nothing }, errors: [404, 409] },
  "GET /services/{id}/logs": {
    summary: "What its tasks have printed",
    query: LOG_QUERY,
    answers: { 200: bytes("application/vnd.docker.multiplexed-stream") },
    errors: [404, 409],
  },
  "GET /tasks": {
    summary: "Tasks",
    query: { filters: filters(...TASK_FILTERS) },
    answers: { 200: json(list(task)) },
  },
  "GET /tasks/{id}": { summary: "All about a task", answers: { 200: json(task) }, errors: [404] },
  "GET /tasks/{id}/logs": {
    summary: "What it has printed",
    query: LOG_QUERY,
    answers: { 200: bytes("application/vnd.docker.multiplexed-stream") },
    errors: [404],
  },
};

function filesOperations(kind: FileKind, title: string): Operations {
  const data: Record<string, Schema> = kind === "config" ? { "Data?": text } : {};
  const file = titled(
    title,
    object({
      ID: text,
      Version: version,
      CreatedAt: time,
      UpdatedAt: time,
      Spec: object({ Name: text, Labels: textMap, ...data }),
    }),
  );
  const FIELDS = {
    Name: text,
    Labels: textMap,
    Data: text,
    Driver: object({ "Name?": text, "Options?": textMap }),
    Templating: object({ "Name?": text, "Options?": textMap }),
  };
  return {
    [`GET /${kind}s`]: {
      summary: `${title}s of the cluster`,
      query: { filters: filters(...FILE_FILTERS) },
      answers: { 200: json(list(file)) },
    },
    [`POST /${kind}s/create`]: {
      summary: `Have the cluster keep a ${kind}`,
      body: request(`${title}CreateRequest`, FIELDS),
      answers: { 201: json(titled(`${title}CreateResponse`, object({ ID: text }))) },
      errors: [409, 501],
    },
    [`GET /${kind}s/{id}`]: {
      summary: `All but its data about a ${kind}`,
      answers: { 200: json(file) },
      errors: [404, 409],
    },
    [`POST /${kind}s/{id}/update`]: {
      summary: "Give it other labels",
      query: { version: integer },
      body: request(`${title}UpdateRequest`, FIELDS),
      answers: { 200: nothing },
      errors: [404, 409],
    },
    [`DELETE /${kind}s/{id}`]: { summary: "Forget it", answers: { 204: nothing }, errors: [404, 409] },
  };
}

/** The cluster, its nodes, services and tasks. */
export const SWARM_OPERATIONS: Operations = Object.fromEntries(
  Object.entries({
    ...SWARM,
    ...NODES,
    ...SERVICES,
    ...filesOperations("secret", "Secret"),
    ...filesOperations("config", "Config"),
  }).map(([route, operation]) => [route, managed(operation)]),
);
