import type { Route } from "../../http/router.ts";

const cluster = () => import("./cluster.ts");
const nodes = () => import("./nodes.ts");
const services = () => import("./services.ts");
const tasks = () => import("./tasks.ts");
const logs = () => import("./logs.ts");

const METHODS = ["GET", "POST", "DELETE"];

/** Groups of which a manager has nothing yet. */
const ABSENT: readonly Route[] = ["secrets", "configs"].flatMap((group) =>
  METHODS.flatMap((method): Route[] => [
    [`${method} /${group}`, async () => (await import("./absent.ts")).absent],
    [`${method} /${group}/{rest*}`, async () => (await import("./absent.ts")).absent],
  ]),
);

/** What a manager of a cluster answers; elsewhere all of it is 503. */
export const SWARM_ROUTES: readonly Route[] = [
  ...ABSENT,
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
];
