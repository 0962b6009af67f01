import type { SwarmFacts } from "../door/wire.ts";

const HEARTBEAT_NS = 1e9;

/** What can be chosen of the cluster. */
type Settings = Pick<SwarmFacts, "certExpiryMs" | "forceRotate" | "isAutolocked">;

/** `Spec` of the cluster in Docker's words: how it is, whatever is asked for. */
export function swarmSpec({
  certExpiryMs,
  forceRotate,
  isAutolocked,
}: Settings): Readonly<Record<string, string | Readonly<Record<string, unknown>>>> {
  return {
    Name: "default",
    Labels: {},
    Orchestration: { TaskHistoryRetentionLimit: 5 },
    Raft: {
      SnapshotInterval: 0,
      KeepOldSnapshots: 0,
      LogEntriesForSlowFollowers: 0,
      ElectionTick: 0,
      HeartbeatTick: 0,
    },
    Dispatcher: { HeartbeatPeriod: HEARTBEAT_NS },
    CAConfig: { NodeCertExpiry: certExpiryMs * 1e6, ...(forceRotate === 0 ? {} : { ForceRotate: forceRotate }) },
    TaskDefaults: {},
    EncryptionConfig: { AutoLockManagers: isAutolocked },
  };
}

/** The cluster as Docker's `/info` has it: without the tokens. */
export function clusterDocument({
  id,
  version,
  createdAt,
  ca,
  subject,
  publicKey,
  isRotating,
  ...settings
}: SwarmFacts): Record<string, unknown> {
  return {
    ID: id,
    Version: { Index: version },
    CreatedAt: new Date(createdAt).toISOString(),
    UpdatedAt: new Date(createdAt).toISOString(),
    Spec: swarmSpec(settings),
    TLSInfo: { TrustRoot: ca, CertIssuerSubject: subject, CertIssuerPublicKey: publicKey },
    RootRotationInProgress: isRotating,
    DefaultAddrPool: [],
    SubnetSize: 0,
    DataPathPort: 4789,
  };
}

/** The document of `GET /swarm`. */
export function swarmDocument(facts: SwarmFacts): Record<string, unknown> {
  const { worker, manager = "" } = facts.tokens;
  return { ...clusterDocument(facts), JoinTokens: { Worker: worker, Manager: manager } };
}
