import type { Route } from "../http/router.ts";
import { SWARM_ROUTES } from "./swarm/routes.ts";

const system = () => import("./system.ts");
const archive = () => import("./container/archive.ts");
const look = () => import("./container/look.ts");
const networks = () => import("./network/networks.ts");
const volumes = () => import("./volume/volumes.ts");
const images = () => import("./image/images.ts");
const transfer = () => import("./image/transfer.ts");
const change = () => import("./container/change.ts");
const exec = () => import("./exec.ts");
const noPlugins = async () => (await import("../refused.ts")).plugins;
const noCheckpoints = async () => (await import("../refused.ts")).checkpoint;

/** Docker's Engine API, each handler loaded when it is first asked. */
export const DOCKER_ROUTES: readonly Route[] = [
  ["GET /_ping", async () => (await system()).ping],
  ["HEAD /_ping", async () => (await system()).ping],
  ["GET /version", async () => (await system()).version],
  ["GET /info", async () => (await system()).info],
  ["GET /events", async () => (await import("./events.ts")).events],
  ["POST /auth", async () => (await import("./auth.ts")).auth],
  ["GET /plugins", async () => (await import("./plugins.ts")).listPlugins],
  ["GET /plugins/{name*}/json", async () => (await import("./plugins.ts")).inspectPlugin],
  ["GET /plugins/{rest*}", noPlugins],
  ["POST /plugins/{rest*}", noPlugins],
  ["DELETE /plugins/{rest*}", noPlugins],
  ["GET /containers/json", async () => (await import("./container/list.ts")).listContainers],
  ["POST /containers/create", async () => (await import("./container/create.ts")).create],
  ["GET /containers/{id}/json", async () => (await import("./container/inspect.ts")).inspect],
  ["POST /containers/{id}/start", async () => (await import("./container/start.ts")).start],
  ["POST /containers/{id}/stop", async () => (await change()).stop],
  ["POST /containers/{id}/restart", async () => (await change()).restart],
  ["POST /containers/{id}/kill", async () => (await change()).kill],
  ["POST /containers/{id}/pause", async () => (await change()).pause],
  ["POST /containers/{id}/unpause", async () => (await change()).unpause],
  ["POST /containers/{id}/rename", async () => (await change()).rename],
  ["POST /containers/{id}/resize", async () => (await change()).resize],
  ["POST /containers/{id}/update", async () => (await change()).update],
  ["DELETE /containers/{id}", async () => (await change()).remove],
  ["POST /containers/{id}/wait", async () => (await import("./container/wait.ts")).wait],
  ["POST /containers/{id}/attach", async () => (await import("./container/attach.ts")).attach],
  ["GET /containers/{id}/attach/ws", async () => (await import("./container/attach.ts")).attachByWebSocket],
  ["GET /containers/{id}/logs", async () => (await import("./container/logs.ts")).logs],
  ["GET /containers/{id}/top", async () => (await look()).top],
  ["GET /containers/{id}/changes", async () => (await look()).changes],
  ["GET /containers/{id}/export", async () => (await look()).exportRoot],
  ["GET /containers/{id}/stats", async () => (await import("./container/stats.ts")).stats],
  ["HEAD /containers/{id}/archive", async () => (await archive()).headArchive],
  ["GET /containers/{id}/archive", async () => (await archive()).getArchive],
  ["PUT /containers/{id}/archive", async () => (await archive()).putArchive],
  ["GET /containers/{id}/checkpoints", noCheckpoints],
  ["POST /containers/{id}/checkpoints", noCheckpoints],
  ["DELETE /containers/{id}/checkpoints/{checkpoint}", noCheckpoints],
  ["POST /containers/prune", async () => (await look()).prune],
  ["POST /containers/{id}/exec", async () => (await exec()).createExec],
  ["POST /exec/{id}/start", async () => (await exec()).startExec],
  ["POST /exec/{id}/resize", async () => (await exec()).resizeExec],
  ["GET /exec/{id}/json", async () => (await exec()).inspectExec],
  ["GET /networks", async () => (await networks()).listNetworks],
  ["POST /networks/create", async () => (await networks()).create],
  ["POST /networks/prune", async () => (await networks()).prune],
  ["GET /networks/{id}", async () => (await networks()).inspect],
  ["DELETE /networks/{id}", async () => (await networks()).remove],
  ["POST /networks/{id}/connect", async () => (await networks()).connect],
  ["POST /networks/{id}/disconnect", async () => (await networks()).disconnect],
  ["GET /volumes", async () => (await volumes()).listVolumes],
  ["POST /volumes/create", async () => (await volumes()).create],
  ["POST /volumes/prune", async () => (await volumes()).prune],
  ["GET /volumes/{name}", async () => (await volumes()).inspect],
  ["DELETE /volumes/{name}", async () => (await volumes()).remove],
  ["GET /system/df", async () => (await import("./df.ts")).systemDf],
  ["POST /commit", async () => (await import("./commit.ts")).commit],
  ["POST /build", async () => (await import("./build/build.ts")).build],
  ["POST /build/cancel", async () => (await import("./build/cancel.ts")).cancelBuild],
  ["POST /build/prune", async () => (await import("./build/build.ts")).pruneBuild],
  ["GET /images/search", async () => (await import("./image/registry.ts")).search],
  ["GET /distribution/{name*}/json", async () => (await import("./image/registry.ts")).distribution],
  ["GET /images/json", async () => (await images()).listImages],
  ["POST /images/create", async () => (await transfer()).create],
  ["POST /images/load", async () => (await transfer()).load],
  ["GET /images/get", async () => (await transfer()).save],
  ["POST /images/prune", async () => (await images()).prune],
  ["GET /images/{name*}/json", async () => (await images()).inspect],
  ["GET /images/{name*}/history", async () => (await images()).history],
  ["GET /images/{name*}/get", async () => (await transfer()).save],
  ["POST /images/{name*}/tag", async () => (await images()).tag],
  ["POST /images/{name*}/push", async () => (await transfer()).push],
  ["DELETE /images/{name*}", async () => (await images()).remove],
  ...SWARM_ROUTES,
];
