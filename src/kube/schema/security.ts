import type {
  AppArmorProfile,
  Capabilities,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from "kubernetes-types/core/v1";
import {
  COUNT,
  type Fields,
  FLAG,
  hint,
  listOf,
  needed,
  object,
  oneOf,
  type Rule,
  refused,
  TEXT,
  TEXTS,
  works,
} from "./rule.ts";

const SELINUX = "SELinux labels are not set here";
const WINDOWS = "containers of Linux only";

const SYSCTL: Fields<Sysctl> = { name: needed(TEXT), value: needed(TEXT) };

const SECCOMP: Fields<SeccompProfile> = {
  type: needed(oneOf("RuntimeDefault", "Unconfined", "Localhost")),
  localhostProfile: works(TEXT, "below --seccomp-profile-root"),
};

const APPARMOR: Fields<AppArmorProfile> = {
  type: needed(oneOf("RuntimeDefault", "Unconfined", "Localhost")),
  localhostProfile: works(TEXT, "the name of a loaded profile"),
};

const CAPABILITIES: Fields<Capabilities> = { add: works(TEXTS), drop: works(TEXTS) };

const seccomp: Rule = object("SeccompProfile", () => SECCOMP);
const apparmor: Rule = object("AppArmorProfile", () => APPARMOR);

const OF_POD: Fields<PodSecurityContext> = {
  runAsUser: works(COUNT),
  runAsGroup: works(COUNT),
  runAsNonRoot: works(FLAG, "a container whose user is root, or a name, is not made"),
  supplementalGroups: works(listOf(COUNT)),
  fsGroup: works(COUNT, "a further group of all containers, and that of emptyDir, configMap and secret volumes"),
  fsGroupChangePolicy: hint("what a volume has is not changed in any case"),
  sysctls: works(listOf(object("Sysctl", () => SYSCTL))),
  seccompProfile: works(seccomp),
  appArmorProfile: works(apparmor),
  seLinuxOptions: refused(SELINUX),
  windowsOptions: refused(WINDOWS),
};

export const POD_SECURITY: Rule = object("PodSecurityContext", () => OF_POD);

const OF_CONTAINER: Fields<SecurityContext> = {
  runAsUser: works(COUNT),
  runAsGroup: works(COUNT),
  runAsNonRoot: works(FLAG, "a container whose user is root, or a name, is not made"),
  privileged: works(FLAG),
  allowPrivilegeEscalation: works(FLAG, "false sets no_new_privs"),
  readOnlyRootFilesystem: works(FLAG, "/run, /tmp and /var/tmp are read-only, too, as in a cluster"),
  capabilities: works(object("Capabilities", () => CAPABILITIES)),
  procMount: works(oneOf("Default", "Unmasked")),
  seccompProfile: works(seccomp),
  appArmorProfile: works(apparmor),
  seLinuxOptions: refused(SELINUX),
  windowsOptions: refused(WINDOWS),
};

export const CONTAINER_SECURITY: Rule = object("SecurityContext", () => OF_CONTAINER);
