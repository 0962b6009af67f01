/** What `up` and `create` have in common: how images come, and what is made anew. */
export const MAKE_OPTIONS = {
  build: { kind: "flag", help: "Build images before containers are made" },
  "force-recreate": { kind: "flag", help: "Make containers anew, also where nothing has changed" },
  "no-build": { kind: "flag", help: "Do not build, even where an image is missing" },
  "no-recreate": { kind: "flag", help: "Keep containers that are there, also where they do not fit any more" },
  pull: {
    kind: "string",
    value: "POLICY",
    choices: ["always", "missing", "never", "build", "if_not_present", "daily", "weekly"],
    help: "When to pull images (default: as the file says)",
  },
  "quiet-pull": { kind: "flag", help: "Show no progress of pulls" },
  "remove-orphans": { kind: "flag", help: "Remove containers of services that the files do not have any more" },
  scale: { kind: "list", value: "SERVICE=N", help: "Number of a service's containers, over what the file says" },
  yes: { kind: "flag", short: "y", help: "Say yes to every question" },
} as const;

const OWN_OPTIONS = {
  "abort-on-container-exit": { kind: "flag", help: "Stop all containers when one ends" },
  "abort-on-container-failure": { kind: "flag", help: "Stop all containers when one fails" },
  "always-recreate-deps": { kind: "flag", help: "Make what the named services depend on anew, too" },
  attach: { kind: "list", value: "SERVICE", help: "Show the output of these services only" },
  "attach-dependencies": { kind: "flag", help: "Show the output of what the named services depend on, too" },
  cluster: { kind: "flag", help: "On the cluster, as a stack; waits until it runs, unless detached" },
  detach: { kind: "flag", short: "d", help: "Leave the containers running in the background" },
  "exit-code-from": { kind: "string", value: "SERVICE", help: "End with the exit code of this service's container" },
  menu: { kind: "flag", on: true, help: "Take keys on a terminal while attached: d detach, w watch" },
  "no-attach": { kind: "list", value: "SERVICE", help: "Do not show the output of these services" },
  "no-color": { kind: "flag", help: "Show output without colours" },
  "no-deps": { kind: "flag", help: "Leave out what the named services depend on" },
  "no-log-prefix": { kind: "flag", help: "Do not put the container's name in front of lines" },
  "no-start": { kind: "flag", help: "Only create the containers" },
  "quiet-build": { kind: "flag", help: "Show no output of builds" },
  "renew-anon-volumes": { kind: "flag", short: "V", help: "Make anonymous volumes anew, too" },
  timeout: { kind: "integer", short: "t", value: "SECONDS", help: "Time for containers to stop (default: their own)" },
  timestamps: { kind: "flag", help: "Put the time in front of lines" },
  wait: { kind: "flag", help: "Wait until services run, or are healthy; implies --detach" },
  "wait-timeout": { kind: "integer", value: "SECONDS", help: "Longest time of --wait" },
  watch: { kind: "flag", short: "w", help: "Watch source files, and renew services when they change" },
} as const;

/** All options of `up`. */
export const UP_OPTIONS: typeof MAKE_OPTIONS & typeof OWN_OPTIONS = { ...MAKE_OPTIONS, ...OWN_OPTIONS };
