import type { NodeClient } from "../../../cluster/door/client.ts";
import type { SwarmFacts } from "../../../cluster/door/wire.ts";
import type { RootChange } from "../../../cluster/manager/root.ts";
import { initCluster } from "../../../cluster/node/init.ts";
import { joinCluster } from "../../../cluster/node/join.ts";
import { leaveCluster } from "../../../cluster/node/leave.ts";
import { unlockManager } from "../../../cluster/node/unlock.ts";
import { USUAL_EXPIRY_MS } from "../../../cluster/trust/rotation.ts";
import { swarmDocument, swarmSpec } from "../../../cluster/views/swarm.ts";
import { ApiError, badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { isReason } from "../container/find.ts";
import { Fields } from "../fields.ts";
import { askManager, versionOf } from "./ask.ts";

type Settings = Pick<SwarmFacts, "certExpiryMs" | "forceRotate" | "isAutolocked">;

/** What Docker's command sends when nobody has said where to listen. */
const UNSAID = ["", "0.0.0.0:2377"];

/** `GET /swarm`: with the join tokens; so that they are of use, the manager listens for other nodes from now on. */
export async function inspect(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  await ask("POST", "/join-token", { rotate: false, role: "worker" });
  return ok(swarmDocument(await ask<SwarmFacts>("GET", "/swarm")));
}

/** `POST /swarm/init` */
export async function init(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  refuse(body, { ForceNewCluster: "a manager with its state in a file is one already" });
  refuse(body, { DataPathAddr: "nodes reach each other at their own address", DataPathPort: "it is 4789" });
  if (body.texts("DefaultAddrPool").length > 0) throw badRequest("DefaultAddrPool is not supported");
  const spec = body.fields("Spec");
  requireUsual(spec, UNCHANGED);
  const listen = body.text("ListenAddr") ?? "";
  const availability = body.text("Availability") ?? "active";
  if (!["active", "pause", "drain"].includes(availability)) throw badRequest(`invalid Availability: "${availability}"`);
  const { nodeId } = await initCluster(call.engine, {
    address: hostOf(body.text("AdvertiseAddr")),
    store: { kind: "sqlite" },
    listen: UNSAID.includes(listen) ? undefined : listen,
  });
  const ask = await askManager(call);
  if (availability !== "active") await ask("PUT", "/nodes/self", { availability });
  await changeRoot(ask, spec, UNCHANGED);
  if (body.flag("AutoLockManagers")) await ask("POST", "/swarm/autolock", { autolock: true });
  else await changeLock(ask, spec, UNCHANGED);
  return ok(nodeId);
}

function refuse(body: Fields, reasons: Readonly<Record<string, string>>): void {
  for (const [key, why] of Object.entries(reasons))
    if (isSaid(body.raw(key))) throw new ApiError(501, `${key} is not supported: ${why}`);
}

// Docker's clients send zero values for what nobody has said.
function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return ![undefined, null, false, 0, ""].includes(value as null);
}

function saidOf(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** `HOST`, of `HOST:PORT` too. */
function hostOf(address: string | undefined): string | undefined {
  return address?.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

const UNCHANGED = { certExpiryMs: USUAL_EXPIRY_MS, forceRotate: 0, isAutolocked: false };

/** What is said of the cluster as a whole can only be what it is, but for what {@link changeRoot} does. Throws 501, naming the setting. */
function requireUsual(spec: Fields, settings: Settings): void {
  const usual = swarmSpec(settings);
  for (const group of spec.keys) {
    const settings = usual[group];
    if (settings === undefined) throw badRequest(`invalid Spec.${group}: there is no such setting`);
    if (typeof settings === "string") {
      if ((spec.text(group) ?? settings) !== settings) throw cannotChange(group, settings);
      continue;
    }
    const asked = spec.fields(group);
    for (const key of asked.keys)
      if (!CHANGEABLE.includes(`${group}.${key}`) && isSaid(asked.raw(key)) && asked.raw(key) !== settings[key])
        throw cannotChange(`${group}.${key}`, settings[key]);
  }
}

const CHANGEABLE = [
  "CAConfig.NodeCertExpiry",
  "CAConfig.ForceRotate",
  "CAConfig.SigningCACert",
  "CAConfig.SigningCAKey",
  "EncryptionConfig.AutoLockManagers",
];

/** Has managers be locked or not, where that is said. */
async function changeLock(ask: NodeClient, spec: Fields, { isAutolocked }: Settings): Promise<void> {
  const asked = spec.fields("EncryptionConfig");
  if (!asked.has("AutoLockManagers") || asked.flag("AutoLockManagers") === isAutolocked) return;
  await ask("POST", "/swarm/autolock", { autolock: asked.flag("AutoLockManagers") });
}

/** Has certificates be good for as long as is said, and another root where one is given, or the counter is another one. */
async function changeRoot(ask: NodeClient, spec: Fields, { certExpiryMs, forceRotate }: Settings): Promise<void> {
  const asked = spec.fields("CAConfig");
  const cert = asked.text("SigningCACert");
  const key = asked.text("SigningCAKey");
  if ((cert === undefined) !== (key === undefined))
    throw badRequest("SigningCACert and SigningCAKey are only of use together: the cluster's own CA is the only one");
  const count = asked.count("ForceRotate") ?? forceRotate;
  const given = cert === undefined || key === undefined ? undefined : { cert, key };
  const root = given ?? (count === forceRotate ? undefined : "new");
  const expiry = asked.count("NodeCertExpiry");
  const ms = expiry === undefined ? certExpiryMs : Math.round(expiry / 1e6);
  if (root === undefined && ms === certExpiryMs) return;
  const change: RootChange = { root, forceRotate: count === forceRotate ? undefined : count, certExpiryMs: ms };
  await ask("POST", "/swarm/root", change);
}

function cannotChange(key: string, value: unknown): ApiError {
  return new ApiError(
    501,
    `Spec.${key} cannot be changed: it is ${value === undefined ? "not there" : JSON.stringify(value)}`,
  );
}

/** `POST /swarm/join` */
export async function join(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  refuse(body, { DataPathAddr: "nodes reach each other at their own address" });
  const [manager] = body.texts("RemoteAddrs");
  const token = body.text("JoinToken");
  if (manager === undefined || token === undefined) throw badRequest("RemoteAddrs and JoinToken are needed");
  if ((body.text("Availability") ?? "active") !== "active")
    throw new ApiError(501, "Availability can be chosen afterwards, on a manager: docker node update --availability");
  const listen = body.text("ListenAddr") ?? "";
  await joinCluster(call.engine, {
    manager,
    token,
    version: call.service.version,
    address: hostOf(saidOf(body.text("AdvertiseAddr"))),
    listen: saidOf(UNSAID.includes(listen) ? "" : listen),
    store: undefined,
  });
  return { status: 200 };
}

/** `POST /swarm/leave` */
export async function leave(call: Call): Promise<Reply> {
  try {
    await leaveCluster(call.engine, { force: call.query.flag("force") });
  } catch (error) {
    if (isReason(error, "cluster.not_in_one")) throw new ApiError(503, "This node is not part of a swarm");
    if (isReason(error, "cluster.last_manager"))
      throw new ApiError(503, `${error.message}. Use \`--force\` to suppress this message.`);
    throw error;
  }
  return { status: 200 };
}

/** `POST /swarm/update`: tokens and the root can be replaced; most settings are what they are. */
export async function update(call: Call): Promise<Reply> {
  const version = versionOf(call, "swarm");
  const spec = new Fields(await call.json());
  const ask = await askManager(call);
  const facts = await ask<SwarmFacts>("GET", "/swarm");
  requireUsual(spec, facts);
  if (version !== facts.version) throw new ApiError(409, "update out of sequence");
  if (call.query.flag("rotateManagerUnlockKey")) await ask("POST", "/swarm/unlock-key", {});
  await changeRoot(ask, spec, facts);
  await changeLock(ask, spec, facts);
  if (call.query.flag("rotateManagerToken")) await ask("POST", "/join-token", { rotate: true, role: "manager" });
  if (call.query.flag("rotateWorkerToken")) await ask("POST", "/join-token", { rotate: true, role: "worker" });
  return { status: 200 };
}

/** `GET /swarm/unlockkey` */
export async function unlockKey(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  return ok({ UnlockKey: (await ask<{ unlockKey: string }>("GET", "/swarm/unlock-key")).unlockKey });
}

/** `POST /swarm/unlock` */
export async function unlock(call: Call): Promise<Reply> {
  await askManager(call);
  await unlockManager(call.engine, new Fields(await call.json()).text("UnlockKey") ?? "");
  return { status: 200 };
}
