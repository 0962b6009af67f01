import type { HeldFile } from "../host/held-file.ts";
import type { RuntimeProgram } from "../runtime/choose-runtime.ts";
import { resolveContainerUser } from "../runtime/container-user.ts";
import type { ResolvedMount } from "../runtime/spec-mounts.ts";
import type { ContainerRecord } from "../state/container.ts";
import { writeBundle } from "./bundle.ts";
import type { Engine } from "./engine.ts";
import type { PreparedNetwork } from "./own-network.ts";
import { prepareMounts } from "./volumes.ts";

type PreparedSecrets = { readonly mounts: readonly ResolvedMount[]; readonly variables: readonly string[] };

type BundleParts = {
  record: ContainerRecord;
  program: RuntimeProgram;
  rootfs: string;
  rootFd: number;
  network: PreparedNetwork;
  staged: DisposableStack;
  held?: HeldFile | undefined;
  /** Called when what is left to do takes no time to speak of. */
  nearlyThere?: () => void;
  /** Resolves when the namespaces that it joins are there. */
  joined?: Promise<void> | undefined;
};

/**
 * The bundle of a container whose root and network are there: its mounts are put together, then its files and config.json are written.
 * `staged` takes what is mounted on the host only until the runtime has made the container. Gives warnings.
 */
export async function prepareBundle(engine: Engine, parts: BundleParts): Promise<string[]> {
  const { record, program, rootfs, rootFd, network, staged, held, joined } = parts;
  const user = () => resolveContainerUser(rootFd, record).user;
  const prepared = staged.use(await prepareMounts(engine, record, { rootFd, user, idMaps: record.idMaps }));
  const secrets = await prepareSecrets(engine, record, staged);
  const single = [...prepared.mounts, ...secrets.mounts];
  const mounts = needsNest(parts, single) ? await nested(engine, record, single, staged) : single;
  parts.nearlyThere?.();
  return await writeBundle(engine, {
    record,
    runtime: program,
    rootfs,
    rootFd,
    mounts,
    secretVariables: secrets.variables,
    files: network.files,
    sharedFiles: network.sharedFiles ?? {},
    network: network.namespace,
    held,
    joined,
  });
}

// crun makes targets by descriptors itself. In a user namespace the runtime has no rights on the host to make anything with.
function needsNest({ program, record }: BundleParts, mounts: readonly ResolvedMount[]): boolean {
  return program.kind === "runc" && record.idMaps === undefined && mounts.length > 1;
}

async function nested(
  engine: Engine,
  { id }: ContainerRecord,
  mounts: readonly ResolvedMount[],
  staged: DisposableStack,
): Promise<readonly ResolvedMount[]> {
  return (await import("./volume/nest.ts")).nestMounts(engine, id, mounts, staged);
}

async function prepareSecrets(
  engine: Engine,
  record: ContainerRecord,
  staged: DisposableStack,
): Promise<PreparedSecrets> {
  if (record.spec.secrets === undefined) return { mounts: [], variables: [] };
  const { stageSecrets } = await import("./secret/stage.ts");
  const { secretVariables } = await import("./secret/use.ts");
  return { variables: secretVariables(engine, record), mounts: stageSecrets(engine, record, staged) };
}
