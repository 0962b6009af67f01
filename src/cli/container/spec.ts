import type { ContainerSpec } from "../../state/container.ts";
import type { Values } from "../command.ts";
import { registryOptionsOf } from "../image/credentials.ts";
import { chosenPlatform } from "../image/platform.ts";
import type { ImageSource } from "../provide-image.ts";
import { generalOf } from "./options/general.ts";
import { healthOf } from "./options/health.ts";
import { identityOf } from "./options/identity.ts";
import { imageOf } from "./options/image.ts";
import { logOf } from "./options/log.ts";
import { namespacesOf } from "./options/namespaces.ts";
import { networkOf } from "./options/network.ts";
import { podOf } from "./options/pod.ts";
import { processOf } from "./options/process.ts";
import { resourcesOf } from "./options/resources.ts";
import { restartOf } from "./options/restart.ts";
import { securityOf } from "./options/security.ts";
import { storageOf } from "./options/storage.ts";
import type { CONTAINER_OPTIONS } from "./options.ts";

/** What the flags of `run` and `create` ask for, checked. Throws `invalid` naming the option. */
export function containerSpec(
  values: Values<typeof CONTAINER_OPTIONS>,
  image: string,
  command: readonly string[],
): ContainerSpec {
  return {
    ...imageOf(values, image),
    command,
    ...generalOf(values),
    ...processOf(values),
    ...identityOf(values),
    ...namespacesOf(values),
    ...resourcesOf(values),
    ...securityOf(values),
    ...networkOf(values),
    ...storageOf(values),
    ...podOf(values),
    ...logOf(values),
    ...restartOf(values),
    ...healthOf(values),
    createCommand: [process.argv0, ...process.argv.slice(2)],
    ...(values.cidfile === undefined ? {} : { idFile: values.cidfile }),
  };
}

/** Where the images of a container come from, by the same flags. Throws `invalid`. */
export function imageSource(values: Values<typeof CONTAINER_OPTIONS>): ImageSource {
  return {
    policy: values.pull,
    quiet: values.quiet,
    platform: chosenPlatform(values),
    registry: registryOptionsOf(values),
  };
}
