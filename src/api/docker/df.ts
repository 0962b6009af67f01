import { diskUsage } from "../../engine/disk-usage.ts";
import { volumeData } from "../../engine/volume/list.ts";
import { goTime } from "../../lib/go-template/time.ts";
import { getVolume } from "../../state/volumes.ts";
import { volumeFolder } from "../../storage/volume.ts";
import { dockerContainerRow } from "../../views/docker/container-row.ts";
import { dockerImageRow } from "../../views/docker/image.ts";
import { type Call, ok, type Reply } from "../http/call.ts";
import { networkIds } from "./container/find.ts";

/** `GET /system/df` */
export function systemDf({ engine, query }: Call): Reply {
  const usage = diskUsage(engine);
  const types = query.all("type");
  const wanted = (type: string): boolean => types.length === 0 || types.includes(type);
  const facts = { now: Date.now(), volumePath: (name: string) => volumeFolder(engine.paths.root, name) };
  return ok({
    ...(wanted("image")
      ? {
          LayersSize: usage.imageBytes,
          // Sizes of one kind: the client takes one from the other.
          Images: usage.images.map(({ summary, sharedBytes, uniqueBytes }) => ({
            ...dockerImageRow(summary),
            Size: sharedBytes + uniqueBytes,
            VirtualSize: sharedBytes + uniqueBytes,
            SharedSize: sharedBytes,
          })),
        }
      : {}),
    ...(wanted("container")
      ? {
          Containers: usage.containers.map(({ container, bytes }) =>
            dockerContainerRow(container, {
              ...facts,
              networkId: networkIds({ engine }),
              size: { own: bytes, root: bytes },
            }),
          ),
        }
      : {}),
    ...(wanted("volume")
      ? {
          Volumes: usage.volumes.map(({ name, containers, bytes }) => ({
            CreatedAt: goTime(getVolume(engine.store, name)?.createdAt),
            Driver: "local",
            Labels: getVolume(engine.store, name)?.labels ?? {},
            Mountpoint: volumeData(engine, name),
            Name: name,
            Options: null,
            Scope: "local",
            UsageData: { RefCount: containers, Size: bytes },
          })),
        }
      : {}),
    ...(wanted("build-cache") ? { BuildCache: [], BuilderSize: 0 } : {}),
  });
}
