import type { Route } from "../http/router.ts";
import { forTasks, forTheirCommands } from "./guard.ts";

const archive = () => import("../docker/container/archive.ts");
const podmans = () => import("../libpod/container/archive.ts");
const change = () => import("../docker/container/change.ts");
const exec = () => import("../docker/exec.ts");

/** What managers may ask a node about containers of its tasks. What is not here, or about any other container, is refused. */
export const TASK_ROUTES: readonly Route[] = [
  ["GET /containers/{id}/json", forTasks(async () => (await import("../docker/container/inspect.ts")).inspect)],
  ["POST /containers/{id}/attach", forTasks(async () => (await import("../docker/container/attach.ts")).attach)],
  ["POST /containers/{id}/kill", forTasks(async () => (await change()).kill)],
  ["POST /containers/{id}/resize", forTasks(async () => (await change()).resize)],
  ["POST /containers/{id}/wait", forTasks(async () => (await import("../docker/container/wait.ts")).wait)],
  ["GET /containers/{id}/logs", forTasks(async () => (await import("../docker/container/logs.ts")).logs)],
  ["GET /libpod/containers/{name}/top", forTasks(async () => (await import("../libpod/container/look.ts")).top)],
  ["GET /containers/{id}/stats", forTasks(async () => (await import("../docker/container/stats.ts")).stats)],
  ["POST /containers/{id}/port/{port}", forTasks(async () => (await import("./port.ts")).connectPort)],
  ["HEAD /containers/{id}/archive", forTasks(async () => (await archive()).headArchive)],
  ["GET /containers/{id}/archive", forTasks(async () => (await archive()).getArchive)],
  ["PUT /containers/{id}/archive", forTasks(async () => (await archive()).putArchive)],
  ["PUT /libpod/containers/{name}/archive", forTasks(async () => (await podmans()).putArchive)],
  ["POST /containers/{id}/exec", forTasks(async () => (await exec()).createExec)],
  ["POST /exec/{id}/start", forTheirCommands(async () => (await import("./exec.ts")).startOwnedExec)],
  ["POST /exec/{id}/resize", forTheirCommands(async () => (await exec()).resizeExec)],
  ["GET /exec/{id}/json", forTheirCommands(async () => (await exec()).inspectExec)],
  ["GET /inspect/{id}", forTasks(async () => (await import("./inspect.ts")).inspect)],
  ["GET /events", async () => (await import("./events.ts")).events],
  ["GET /logs", async () => (await import("./logs.ts")).logs],
];
