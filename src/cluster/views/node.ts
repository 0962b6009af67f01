import type { NodeSummary } from "../door/wire.ts";

/** A row of `node ls`, with Docker's fields. */
type NodeRow = {
  readonly ID: string;
  readonly Self: boolean;
  readonly Hostname: string;
  readonly Status: string;
  readonly Availability: string;
  readonly ManagerStatus: string;
  readonly EngineVersion: string;
};

export function nodeRow({ node, isLeader, isReachable }: NodeSummary, selfId: string): NodeRow {
  const { id, description, state, availability, role } = node;
  return {
    ID: id,
    Self: id === selfId,
    Hostname: description.hostname,
    Status: state === "ready" ? "Ready" : "Down",
    Availability: capital(availability),
    ManagerStatus: isLeader ? "Leader" : role === "worker" ? "" : isReachable ? "Reachable" : "Unreachable",
    EngineVersion: description.engineVersion,
  };
}

/** The document of `node inspect`: Docker's. */
export function nodeDocument({ node, version, isLeader, isReachable, tls }: NodeSummary): Record<string, unknown> {
  const { id, createdAt, updatedAt, labels, role, availability, description, state, message, listensAt } = node;
  return {
    ID: id,
    Version: { Index: version },
    CreatedAt: new Date(createdAt).toISOString(),
    UpdatedAt: new Date(updatedAt).toISOString(),
    Spec: { Labels: labels, Role: role, Availability: availability },
    Description: {
      Hostname: description.hostname,
      Platform: { Architecture: description.architecture, OS: description.os },
      Resources: { NanoCPUs: description.nanoCpus, MemoryBytes: description.memoryBytes },
      Engine: { EngineVersion: description.engineVersion },
      TLSInfo: {
        TrustRoot: tls?.trust ?? "",
        CertIssuerSubject: tls?.subject ?? "",
        CertIssuerPublicKey: tls?.publicKey ?? "",
      },
    },
    Status: { State: state, ...(message === undefined ? {} : { Message: message }), Addr: description.address },
    ...(role === "manager"
      ? {
          ManagerStatus: {
            Leader: isLeader,
            Reachability: isLeader || isReachable ? "reachable" : "unreachable",
            Addr: listensAt ?? description.address,
          },
        }
      : {}),
  };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
