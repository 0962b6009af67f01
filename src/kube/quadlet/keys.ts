import { BUILD_KEYS } from "./build.ts";
import { CONTAINER_KEYS } from "./container.ts";
import { IMAGE_KEYS } from "./image.ts";
import { KUBE_KEYS } from "./kube.ts";
import { NETWORK_KEYS } from "./network.ts";
import { POD_KEYS } from "./pod.ts";
import { allKeys, type KeyRules } from "./rules.ts";
import type { QuadletKind } from "./unit.ts";
import { VOLUME_KEYS } from "./volume.ts";

/** The keys of each kind of file, with the command whose options they are. */
export const KEYS: Readonly<Record<QuadletKind, { readonly command: string; readonly keys: KeyRules }>> = {
  container: { command: "run", keys: allKeys(CONTAINER_KEYS) },
  pod: { command: "pod create", keys: allKeys(POD_KEYS) },
  network: { command: "network create", keys: allKeys(NETWORK_KEYS) },
  volume: { command: "volume create", keys: allKeys(VOLUME_KEYS) },
  kube: { command: "kube play", keys: allKeys(KUBE_KEYS) },
  image: { command: "image pull", keys: allKeys(IMAGE_KEYS) },
  build: { command: "build", keys: allKeys(BUILD_KEYS) },
};
