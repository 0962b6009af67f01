import { ENVIRONMENT_OPTIONS } from "./options/environment.ts";
import { GENERAL_OPTIONS } from "./options/general.ts";
import { HEALTH_OPTIONS } from "./options/health.ts";
import { IDENTITY_OPTIONS } from "./options/identity.ts";
import { IMAGE_OPTIONS } from "./options/image.ts";
import { LOG_OPTIONS } from "./options/log.ts";
import { NAMESPACE_OPTIONS } from "./options/namespaces.ts";
import { NETWORK_OPTIONS } from "./options/network.ts";
import { POD_OPTIONS } from "./options/pod.ts";
import { PROCESS_OPTIONS } from "./options/process.ts";
import { REFUSED_OPTIONS } from "./options/refused.ts";
import { RESOURCES_OPTIONS } from "./options/resources.ts";
import { RESTART_OPTIONS } from "./options/restart.ts";
import { SECURITY_OPTIONS } from "./options/security.ts";
import { STORAGE_OPTIONS } from "./options/storage.ts";

/** The options of `run` and `create`, by subject: each file holds a table and what its values mean. */
export const CONTAINER_OPTIONS: typeof GENERAL_OPTIONS &
  typeof IMAGE_OPTIONS &
  typeof REFUSED_OPTIONS &
  typeof PROCESS_OPTIONS &
  typeof ENVIRONMENT_OPTIONS &
  typeof IDENTITY_OPTIONS &
  typeof NAMESPACE_OPTIONS &
  typeof RESOURCES_OPTIONS &
  typeof SECURITY_OPTIONS &
  typeof NETWORK_OPTIONS &
  typeof STORAGE_OPTIONS &
  typeof POD_OPTIONS &
  typeof LOG_OPTIONS &
  typeof RESTART_OPTIONS &
  typeof HEALTH_OPTIONS = {
  ...GENERAL_OPTIONS,
  ...IMAGE_OPTIONS,
  ...REFUSED_OPTIONS,
  ...PROCESS_OPTIONS,
  ...ENVIRONMENT_OPTIONS,
  ...IDENTITY_OPTIONS,
  ...NAMESPACE_OPTIONS,
  ...RESOURCES_OPTIONS,
  ...SECURITY_OPTIONS,
  ...NETWORK_OPTIONS,
  ...STORAGE_OPTIONS,
  ...POD_OPTIONS,
  ...LOG_OPTIONS,
  ...RESTART_OPTIONS,
  ...HEALTH_OPTIONS,
};
