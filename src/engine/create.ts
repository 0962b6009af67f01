import { hostname } from "node:os";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import { parseImageConfig } from "../oci/image-config.ts";
import type { ContainerRecord, ContainerSpec } from "../state/container.ts";
import { insertContainer } from "../state/containers.ts";
import { fleetingTransaction, transaction } from "../state/database.ts";
import { insertVolume } from "../state/volumes.ts";
import { defineContainer } from "./define.ts";
import { emitContainerEvent, emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { randomName } from "./random-name.ts";

const NAME_ATTEMPTS = 8;

/**
 * Records a container: its definition and its volumes, in one durable transaction. The image is local already. Nothing is made on disk:
 * the record comes first. State reached: created.
 * Throws `conflict` for a name in use, `not_found` for the image, `invalid` for what the spec and the image do not allow.
 */
export function createContainer(engine: Engine, spec: ContainerSpec): ContainerRecord {
  const { image, name: imageName } = findImage(engine, spec.image);
  const config = parseImageConfig(Buffer.from(image.config));
  for (let attempt = 0; ; attempt++) {
    const record = defineContainer(
      spec,
      { id: image.id, name: imageName ?? spec.image, chainId: image.chainId ?? "", config },
      {
        id: randomHex(32),
        name: spec.name ?? randomName(attempt),
        createdAt: Date.now(),
        newVolumeName: () => randomHex(32),
        hostHostname: hostname(),
      },
    );
    try {
      for (const name of insertDefinition(engine, record))
        emitEvent(engine, { type: "volume", action: "create", id: name, name });
      emitContainerEvent(engine, record, "create");
      return record;
    } catch (error) {
      const nameTaken = isEstibaError(error, "conflict") && spec.name === undefined;
      if (!nameTaken || attempt >= NAME_ATTEMPTS) throw error;
    }
  }
}

/** Gives the names of the volumes that are new. */
function insertDefinition(engine: Engine, record: ContainerRecord): string[] {
  const now = record.createdAt;
  // One that removes itself is not there after a reboot; a volume of it is.
  const survives = !record.spec.autoRemove || record.volumes.length > 0;
  return (survives ? transaction : fleetingTransaction)(engine.store, () => {
    // The image may have been removed since it was looked up: its row is what keeps its layers.
    if (engine.store.query("SELECT 1 FROM image WHERE id = ?").get(record.imageId) === null) {
      throw new EstibaError("not_found", {
        reason: "image.removed_meanwhile",
        what: `the image "${record.imageName}" was removed meanwhile`,
        retryable: true,
        fix: `pull it again: estiba pull ${record.imageName}`,
      });
    }
    const made = record.volumes.filter(({ name, anonymous }) =>
      insertVolume(engine.store, { name, anonymous, createdAt: now, labels: {} }),
    );
    insertContainer(engine.store, record);
    return made.map(({ name }) => name);
  });
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(Buffer.alloc(bytes)).toString("hex");
}
