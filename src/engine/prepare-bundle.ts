import type { RuntimeProgram } from "../runtime/choose-runtime.ts";
import { resolveContainerUser } from "../runtime/container-user.ts";
import type { ContainerRecord } from "../state/container.ts";
import { writeBundle } from "./bundle.ts";
import type { Engine } from "./engine.ts";
import type { PreparedNetwork } from "./own-network.ts";
import { prepareMounts } from "./volumes.ts";

type BundleParts = {
  record: ContainerRecord;
  program: RuntimeProgram;
  rootfs: string;
  rootFd: number;
  network: PreparedNetwork;
  staged: DisposableStack;
};

/**
 * The bundle of a container whose root and network are there: its mounts are put together, then its files and config.json are written.
 * `staged` takes what is mounted on the host only until the runtime has made the container. Gives warnings.
 */
export async function prepareBundle(engine: Engine, parts: BundleParts): Promise<string[]> {
  const { record, program, rootfs, rootFd, network, staged } = parts;
  const user = () => resolveContainerUser(rootFd, record).user;
  const { mounts } = staged.use(await prepareMounts(engine, record, { rootFd, user, idMaps: record.idMaps }));
  return await writeBundle(engine, {
    record,
    runtime: program,
    rootfs,
    rootFd,
    mounts,
    files: network.files,
    sharedFiles: network.sharedFiles ?? {},
    network: network.namespace,
  });
}
