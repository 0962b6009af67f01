import type { ContainerRecord } from "../../state/container.ts";
import { listContainers } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { attachmentsOf } from "./attachments.ts";

/** The containers that are attached to a network, running or not. */
export function usersOf(engine: Engine, network: string): ContainerRecord[] {
  return listContainers(engine.store).filter((record) =>
    attachmentsOf(record).some((attachment) => attachment.network === network),
  );
}
