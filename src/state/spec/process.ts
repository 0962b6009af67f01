/** How the command of a container begins and ends, beyond what it is. */
export type ProcessOptions = {
  /** The file mode creation mask; undefined is 0022. */
  readonly umask?: number;
  /** A first process that reaps others and passes signals on: true for the usual program, or its path on the host. The record has the path. */
  readonly init?: true | string;
  /** The container is killed after so many seconds. */
  readonly timeoutSeconds?: number;
  /** KEY=VALUE that the image's own variables override: proxies, and what containers.conf sets. */
  readonly baseEnv?: readonly string[];
  /** Names of variables of the image, or of Estiba's own, that are left out. */
  readonly unsetEnv?: readonly string[];
  /** All of those are left out. */
  readonly unsetAllEnv?: boolean;
  /** KEY=VALUE whose `${NAME}` are the image's variables. */
  readonly envMerge?: readonly string[];
  /** Prepare it for systemd: when the command is one (`auto`, the default), always, or never. */
  readonly systemd?: "auto" | "always" | "never";
  /** Who answers NOTIFY_SOCKET: the command itself, through conmon; Estiba when it has begun; nobody. */
  readonly sdnotify?: "container" | "conmon" | "ignore";
  /** Files on the host for the pids of the first process and of conmon. */
  readonly pidFile?: string;
  readonly monitorPidFile?: string;
};

/** What a container knows of itself and its users through files of /etc. */
export type IdentityOptions = {
  readonly domainname?: string;
  /** No /etc/hostname, /etc/hosts, /etc/resolv.conf of ours. */
  readonly noHostname?: boolean;
  readonly noHosts?: boolean;
  readonly noResolvConf?: boolean;
  /** /etc/resolv.conf holds the name servers, search domains and options given, and nothing of the host or of ours. */
  readonly givenDnsOnly?: true;
  /** What /etc/hosts begins with: `image`, `none` or a file of the host. */
  readonly hostsFile?: string;
  /** Users of the host that its passwd gets too. */
  readonly hostUsers?: readonly string[];
  /** Leave passwd and group as the image has them, even without the user it runs as. */
  readonly noPasswd?: boolean;
  /** The lines for that user and group, with $USERNAME, $UID, $GID, $NAME, $HOME; $GROUPNAME, $GID, $USERLIST. */
  readonly passwdEntry?: string;
  readonly groupEntry?: string;
  /** `local` or a name such as Europe/Berlin. */
  readonly timezone?: string;
};

/** A folder of the host that is the root, instead of an image. */
export type RootfsSpec = {
  /** Absolute. */
  readonly path: string;
  /** What is written goes to a layer above it. */
  readonly overlay: boolean;
};
