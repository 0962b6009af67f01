import type { Route } from "../http/router.ts";
import { asDockers } from "./find.ts";

const system = () => import("./system/system.ts");
const change = () => import("./container/change.ts");
const look = () => import("./container/look.ts");
const streams = () => import("./container/streams.ts");
const archive = () => import("./container/archive.ts");
const dockers = () => import("../docker/container/change.ts");
const exec = () => import("../docker/exec.ts");
const images = () => import("./image/look.ts");
const imageChange = () => import("./image/change.ts");
const transfer = () => import("./image/transfer.ts");
const volumes = () => import("./volume/volumes.ts");
const networks = () => import("./network/networks.ts");
const pods = () => import("./pod/pods.ts");
const podChange = () => import("./pod/change.ts");
const manifests = () => import("./manifest/manifests.ts");
const play = () => import("./kube/play.ts");
const disk = () => import("./system/disk.ts");
const secrets = () => import("./secret/secrets.ts");

/** Podman's own API, each handler loaded when it is first asked. */
export const LIBPOD_ROUTES: readonly Route[] = [
  ["GET /libpod/_ping", async () => (await import("../docker/system.ts")).ping],
  ["HEAD /libpod/_ping", async () => (await import("../docker/system.ts")).ping],
  ["GET /libpod/version", async () => (await system()).version],
  ["GET /libpod/info", async () => (await system()).info],
  ["GET /libpod/events", async () => (await import("./system/events.ts")).events],
  ["GET /libpod/containers/json", async () => (await import("./container/list.ts")).listContainers],
  ["POST /libpod/containers/create", async () => (await import("./container/create.ts")).create],
  ["GET /libpod/containers/stats", async () => (await import("./container/stats.ts")).stats],
  ["GET /libpod/containers/showmounted", async () => (await look()).showMounted],
  ["POST /libpod/containers/prune", async () => (await look()).prune],
  ["GET /libpod/containers/{name}/json", async () => (await look()).inspect],
  ["GET /libpod/containers/{name}/exists", async () => (await look()).exists],
  ["GET /libpod/containers/{name}/top", async () => (await look()).top],
  ["GET /libpod/containers/{name}/healthcheck", async () => (await look()).healthcheck],
  ["POST /libpod/containers/{name}/mount", async () => (await look()).mount],
  ["POST /libpod/containers/{name}/unmount", async () => (await look()).unmount],
  // The one is what is documented, the other what the client asks.
  ["GET /libpod/containers/{name}/shouldrestart", async () => (await look()).shouldRestart],
  ["POST /libpod/containers/{name}/shouldrestart", async () => (await look()).shouldRestart],
  ["POST /libpod/containers/{name}/start", asDockers(async () => (await import("../docker/container/start.ts")).start)],
  ["POST /libpod/containers/{name}/stop", async () => (await change()).stop],
  ["POST /libpod/containers/{name}/restart", async () => (await change()).restart],
  ["POST /libpod/containers/{name}/kill", async () => (await change()).kill],
  ["POST /libpod/containers/{name}/pause", async () => (await change()).pause],
  ["POST /libpod/containers/{name}/unpause", async () => (await change()).unpause],
  ["POST /libpod/containers/{name}/init", async () => (await change()).init],
  ["POST /libpod/containers/{name}/update", async () => (await import("./container/update.ts")).update],
  ["POST /libpod/containers/{name}/rename", asDockers(async () => (await dockers()).rename)],
  ["POST /libpod/containers/{name}/resize", async () => (await streams()).resize],
  ["DELETE /libpod/containers/{name}", async () => (await change()).remove],
  ["POST /libpod/containers/{name}/wait", async () => (await import("./container/wait.ts")).wait],
  ["POST /libpod/containers/{name}/attach", async () => (await streams()).attach],
  ["GET /libpod/containers/{name}/logs", async () => (await streams()).logs],
  ["GET /libpod/containers/{name}/changes", async () => (await import("./changes.ts")).changes],
  [
    "GET /libpod/containers/{name}/export",
    asDockers(async () => (await import("../docker/container/look.ts")).exportRoot),
  ],
  ["HEAD /libpod/containers/{name}/archive", async () => (await archive()).headArchive],
  ["GET /libpod/containers/{name}/archive", async () => (await archive()).getArchive],
  ["PUT /libpod/containers/{name}/archive", async () => (await archive()).putArchive],
  ["POST /libpod/containers/{name}/exec", asDockers(async () => (await exec()).createExec)],
  ["POST /libpod/containers/{name}/checkpoint", async () => (await import("./refused.ts")).checkpoint],
  ["POST /libpod/containers/{name}/restore", async () => (await import("./refused.ts")).checkpoint],
  ["POST /libpod/exec/{id}/start", async () => (await exec()).startExec],
  ["POST /libpod/exec/{id}/resize", async () => (await exec()).resizeExec],
  ["GET /libpod/exec/{id}/json", async () => (await exec()).inspectExec],
  ["POST /libpod/build", async () => (await import("./build/build.ts")).build],
  ["POST /libpod/commit", async () => (await import("./container/commit.ts")).commit],
  ["GET /libpod/images/json", async () => (await images()).listImages],
  ["POST /libpod/images/pull", async () => (await transfer()).pull],
  ["POST /libpod/images/load", async () => (await transfer()).load],
  ["POST /libpod/images/import", async () => (await transfer()).importFrom],
  ["GET /libpod/images/export", async () => (await transfer()).save],
  ["GET /libpod/images/search", async () => (await import("./image/search.ts")).search],
  ["DELETE /libpod/images/remove", async () => (await imageChange()).removeSeveral],
  ["POST /libpod/images/prune", async () => (await imageChange()).prune],
  ["POST /libpod/images/scp/{name*}", async () => (await import("./refused.ts")).scp],
  ["GET /libpod/images/{name*}/json", async () => (await images()).inspect],
  ["GET /libpod/images/{name*}/exists", async () => (await images()).exists],
  ["GET /libpod/images/{name*}/history", async () => (await images()).history],
  ["GET /libpod/images/{name*}/tree", async () => (await images()).tree],
  ["GET /libpod/images/{name*}/changes", async () => (await import("./changes.ts")).changes],
  ["GET /libpod/images/{name*}/get", async () => (await transfer()).save],
  ["POST /libpod/images/{name*}/tag", async () => (await imageChange()).tag],
  ["POST /libpod/images/{name*}/untag", async () => (await imageChange()).untag],
  ["POST /libpod/images/{name*}/push", async () => (await transfer()).push],
  ["DELETE /libpod/images/{name*}", async () => (await imageChange()).remove],
  ["GET /libpod/volumes/json", async () => (await volumes()).listVolumes],
  ["POST /libpod/volumes/create", async () => (await volumes()).create],
  ["POST /libpod/volumes/prune", async () => (await volumes()).prune],
  ["GET /libpod/volumes/{name}/json", async () => (await volumes()).inspect],
  ["GET /libpod/volumes/{name}/exists", async () => (await volumes()).exists],
  ["DELETE /libpod/volumes/{name}", async () => (await volumes()).remove],
  ["GET /libpod/networks/json", async () => (await networks()).listNetworks],
  ["POST /libpod/networks/create", async () => (await networks()).create],
  ["POST /libpod/networks/prune", async () => (await networks()).prune],
  ["GET /libpod/networks/{name}/json", async () => (await networks()).inspect],
  ["GET /libpod/networks/{name}/exists", async () => (await networks()).exists],
  ["POST /libpod/networks/{name}/connect", async () => (await networks()).connect],
  ["POST /libpod/networks/{name}/disconnect", async () => (await networks()).disconnect],
  ["POST /libpod/networks/{name}/update", async () => (await networks()).update],
  ["DELETE /libpod/networks/{name}", async () => (await networks()).remove],
  ["GET /libpod/secrets/json", async () => (await secrets()).listSecrets],
  ["POST /libpod/secrets/create", async () => (await secrets()).create],
  ["GET /libpod/secrets/{name}/json", async () => (await secrets()).inspect],
  ["GET /libpod/secrets/{name}/exists", async () => (await secrets()).exists],
  ["DELETE /libpod/secrets/{name}", async () => (await secrets()).remove],
  ["GET /libpod/pods/json", async () => (await pods()).listAllPods],
  ["GET /libpod/pods/stats", async () => (await pods()).stats],
  ["POST /libpod/pods/create", async () => (await import("./pod/create.ts")).create],
  ["POST /libpod/pods/prune", async () => (await pods()).prune],
  ["GET /libpod/pods/{name}/json", async () => (await pods()).inspect],
  ["GET /libpod/pods/{name}/exists", async () => (await pods()).exists],
  ["GET /libpod/pods/{name}/top", async () => (await pods()).top],
  ["POST /libpod/pods/{name}/start", async () => (await podChange()).start],
  ["POST /libpod/pods/{name}/stop", async () => (await podChange()).stop],
  ["POST /libpod/pods/{name}/restart", async () => (await podChange()).restart],
  ["POST /libpod/pods/{name}/kill", async () => (await podChange()).kill],
  ["POST /libpod/pods/{name}/pause", async () => (await podChange()).pause],
  ["POST /libpod/pods/{name}/unpause", async () => (await podChange()).unpause],
  ["DELETE /libpod/pods/{name}", async () => (await podChange()).remove],
  // Older clients have the second name for it.
  ["POST /libpod/kube/play", async () => (await play()).play],
  ["DELETE /libpod/kube/play", async () => (await play()).down],
  ["POST /libpod/play/kube", async () => (await play()).play],
  ["DELETE /libpod/play/kube", async () => (await play()).down],
  ["GET /libpod/generate/kube", async () => (await import("./kube/generate.ts")).generate],
  ["GET /libpod/generate/{name}/systemd", async () => (await import("./refused.ts")).systemdUnits],
  ["POST /libpod/manifests/{name*}/registry/{destination*}", async () => (await manifests()).push],
  ["POST /libpod/manifests/{name*}", async () => (await manifests()).create],
  ["PUT /libpod/manifests/{name*}", async () => (await manifests()).modify],
  ["GET /libpod/manifests/{name*}/json", async () => (await manifests()).inspect],
  ["GET /libpod/manifests/{name*}/exists", async () => (await manifests()).exists],
  ["DELETE /libpod/manifests/{name*}", async () => (await manifests()).remove],
  ["GET /libpod/system/df", async () => (await disk()).df],
  ["POST /libpod/system/prune", async () => (await disk()).prune],
];
