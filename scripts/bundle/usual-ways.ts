const ALWAYS = ["src/main.ts", "src/cli/main.ts", "src/host/exit.ts"];
const ENGINE = [...ALWAYS, "src/engine/engine.ts"];
const CONFIGURED = [...ENGINE, "src/cli/configured.ts", "src/config/containers-conf.ts"];
const RUNNING = [
  ...CONFIGURED,
  "src/host/cgroup-mode.ts",
  "src/network/endpoint.ts",
  "src/engine/network/prepare-default.ts",
  "src/network/firewall.ts",
  "src/engine/network/disconnect.ts",
  "src/engine/end-of-run.ts",
];

/**
 * The modules that the usual commands load, by the imports on their way that are made at run time. Where one is missing, the command is a
 * little slower, and nothing else; one that is not there any more is an error.
 */
export const USUAL_WAYS: Readonly<Record<string, readonly string[]>> = {
  create: [...CONFIGURED, "src/cli/create.ts"],
  run: [...RUNNING, "src/cli/run.ts"],
  member: [...RUNNING, "src/cli/run.ts", "src/engine/pod/join.ts", "src/engine/pod/dependencies.ts"],
  podCreate: [...CONFIGURED, "src/cli/pod/commands.ts", "src/cli/pod/create.ts", "src/engine/pod/join.ts"],
  start: [...RUNNING, "src/cli/start.ts"],
  exec: [...CONFIGURED, "src/host/cgroup-mode.ts", "src/cli/exec.ts"],
  ps: [...ENGINE, "src/cli/ps.ts"],
  rm: [...ENGINE, "src/state/reserve.ts", "src/cli/rm.ts"],
  // What conmon calls when a container has ended.
  hook: [
    "src/main.ts",
    "src/cli/exit-hook.ts",
    "src/engine/engine.ts",
    "src/engine/cleanup.ts",
    "src/engine/network/disconnect.ts",
    "src/host/exit.ts",
  ],
};
