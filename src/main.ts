// Picks a door and sets the exit code; nothing else. What conmon calls has a door of its own, so that it loads nothing but its own path.
import type { Service } from "./api/http/call.ts";
import type { Doors } from "./cli/context.ts";

export const argv: string[] = process.argv.slice(2);

type FromWords = Pick<Service, "specFromWords" | "buildFromWords" | "podFromWords" | "playFromWords">;

// The API's bodies say what the options of `create` say: they are checked in one place.
async function fromWords(): Promise<FromWords> {
  const { specFromWords } = await import("./cli/container/spec-from-words.ts");
  return {
    specFromWords,
    buildFromWords: async (...asked) =>
      await (await import("./cli/build/request-from-words.ts")).buildFromWords(...asked),
    podFromWords: async (words) => await (await import("./cli/pod/spec-from-words.ts")).podFromWords(words),
    playFromWords: async (words) => (await import("./cli/kube/play-from-words.ts")).playFromWords(words),
  };
}

const doors: Doors = {
  serve: async (request) => {
    const [{ serve }, words] = await Promise.all([import("./api/serve.ts"), fromWords()]);
    await serve({ ...request, ...words });
  },
  serveTasks: async (request) => {
    const [{ serveTasks }, words] = await Promise.all([import("./api/tasks/serve.ts"), fromWords()]);
    await serveTasks({ ...request, ...words });
  },
};

async function door(): Promise<number> {
  if (process.argv0.endsWith("docker-compose")) {
    const words = (await import("./cli/docker-compose.ts")).composeWords(argv);
    return words === undefined ? 0 : await (await import("./cli/main.ts")).runCli(words, doors);
  }
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
    // console.log: the streams of `process` take longer to set up than all the rest of this path.
    console.log((await import("./cli/version.ts")).versionLine());
    process.exit(0);
  }
  if (argv[4] === "container" && argv[5] === "cleanup")
    return await (await import("./cli/exit-hook.ts")).runExitHook(argv, doors);
  return await (await import("./cli/main.ts")).runCli(argv, doors);
}

// As Podman: what the runtimes make, such as cgroups, must be passable for a container whose ids are others. What is nobody's business has a
// mode of its own.
process.umask(0o022);

// A rootless engine has come here by way of a mount namespace, which forgets the working folder.
const { ESTIBA_ROOTLESS_CWD: cwd } = process.env;
if (cwd !== undefined) {
  process.chdir(cwd);
  delete process.env["ESTIBA_ROOTLESS_CWD"];
}

/** A usual command that lives longer than most is worth compiling: the binary starts with the interpreter alone (ADR 26). */
const INTERPRETED_MS = 50;
setTimeout(() => Bun.unsafe.setJITPolicy(1), INTERPRETED_MS).unref();

/** Commands by which a process comes into a cgroup: the kernel takes some 10 ms before it lets one, and may begin before all else. */
const MOVERS = ["run", "start", "exec", "restart", "init"];
for (const word of argv)
  if (MOVERS.includes(word)) {
    void (await import("./host/cgroup-mode.ts")).announceMove();
    break;
  }

const code: number = await door();
(await import("./host/exit.ts")).exitNow(code);
