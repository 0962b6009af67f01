import type { FileKind } from "../../../cluster/model/file.ts";
import type { Route } from "../../http/router.ts";

const cluster = () => import("./cluster.ts");
const nodes = () => import("./nodes.ts");
const services = () => import("./services.ts");
const tasks = () => import("./tasks.ts");
const logs = () => import("./logs.ts");

/** What a manager of a cluster answers; elsewhere all of it is 503. */
export const SWARM_ROUTES: readonly Route[] = [
  ["GET /swarm", async () => (await cluster()).inspect],
  ["POST /swarm/init", async () => (await cluster()).init],
  ["POST /swarm/join", async () => (await cluster()).join],
  ["POST /swarm/leave", async () => (await cluster()).leave],
  ["POST /swarm/update", async () => (await cluster()).update],
  ["GET /swarm/unlockkey", async () => (await cluster()).unlockKey],
  ["POST /swarm/unlock", async () => (await cluster()).unlock],
  ["GET /nodes", async () => (await nodes()).listNodes],
  ["GET /nodes/{id}", async () => (await nodes()).inspect],
  ["POST /nodes/{id}/update", async () => (await nodes()).update],
  ["DELETE /nodes/{id}", async () => (await nodes()).remove],
  ["GET /services", async () => (await services()).listServices],
  ["POST /services/create", async () => (await services()).create],
  ["GET /services/{id}", async () => (await services()).inspect],
  ["POST /services/{id}/update", async () => (await services()).update],
  ["DELETE /services/{id}", async () => (await services()).remove],
  ["GET /services/{id}/logs", async () => (await logs()).serviceLogs],
  ["GET /tasks", async () => (await tasks()).listTasks],
  ["GET /tasks/{id}", async () => (await tasks()).inspect],
  ["GET /tasks/{id}/logs", async () => (await logs()).taskLogsOf],
  ...filesRoutes("secret"),
  ...filesRoutes("config"),
];

function filesRoutes(kind: FileKind): Route[] {
  const handlers = async () => (await import("./files.ts")).fileHandlers(kind);
  return [
    [`GET /${kind}s`, async () => (await handlers()).list],
    [`POST /${kind}s/create`, async () => (await handlers()).create],
    [`GET /${kind}s/{id}`, async () => (await handlers()).inspect],
    [`POST /${kind}s/{id}/update`, async () => (await handlers()).update],
    [`DELETE /${kind}s/{id}`, async () => (await handlers()).remove],
  ];
}
