import { type PullPolicy, pullImage, remoteTags } from "../engine/pull.ts";
import { type Command, defineCommand } from "./command.ts";
import { REGISTRY_OPTIONS, registryOptionsOf } from "./image/credentials.ts";
import { catchInterrupt } from "./image/interrupt.ts";
import { chosenPlatform, PLATFORM_OPTIONS } from "./image/platform.ts";
import { showProgress } from "./image/progress.ts";
import { localPlace, pullFromPath } from "./image/pull-from-path.ts";

const POLICIES = ["always", "missing", "newer", "never"] as const satisfies readonly PullPolicy[];

export const command: Command = defineCommand({
  name: "pull",
  summary: "Fetch images from a registry",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  description:
    "A short name is looked for in the unqualified-search-registries of registries.conf, then at docker.io.\nPlaces on this host are oci:PATH[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME] and dir:FOLDER. The ids of the images are printed at the end.",
  options: {
    ...PLATFORM_OPTIONS,
    ...REGISTRY_OPTIONS,
    policy: {
      kind: "string",
      aliases: ["pull"],
      value: "POLICY",
      choices: POLICIES,
      help: "When to ask the registry: always, missing, newer, never (default always)",
    },
    "all-tags": { kind: "flag", short: "a", help: "Pull every tag of the repository" },
    quiet: { kind: "flag", short: "q", help: "Print nothing but the ids" },
  },
  configured: true,
  args: [1, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba pull alpine:3.20", "from docker.io"],
    ["estiba pull localhost:5000/app", "from a registry on this host"],
    ["estiba pull --platform linux/arm64 debian:12", "for another platform"],
  ],
  async run(values, args, cli) {
    const options = {
      platform: chosenPlatform(values),
      ...registryOptionsOf(values),
      policy: POLICIES.find((policy) => policy === values.policy),
    };
    using interrupt = catchInterrupt();
    const { signal } = interrupt;
    const given = args.map((name) => name.replace(/^docker:\/\//, ""));
    const names = values["all-tags"]
      ? (await Promise.all(given.map((name) => remoteTags(name, { ...options, signal })))).flat()
      : given;
    for (const name of names) {
      const place = localPlace(name);
      if (place !== undefined) {
        const { quiet } = values;
        cli.out(`${await pullFromPath(cli, place, { platform: options.platform, signal, quiet })}\n`);
        continue;
      }
      const steps = pullImage(cli.engine(), name, { ...options, signal });
      const { image } = await showProgress(cli, steps, values);
      cli.out(`${image.id}\n`);
    }
    return 0;
  },
});
