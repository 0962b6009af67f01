import { BUILDX_COMMANDS } from "./buildx/commands.ts";
import { COMPOSE_COMMANDS } from "./compose/commands.ts";
import { CONFIG_COMMANDS } from "./config/commands.ts";
import { CONTEXT_COMMANDS } from "./context-store/commands.ts";
import { IMAGE_COMMANDS } from "./image/commands.ts";
import { KUBE_COMMANDS } from "./kube/commands.ts";
import { MANIFEST_COMMANDS } from "./manifest/commands.ts";
import { NETWORK_COMMANDS } from "./network/commands.ts";
import { NODE_COMMANDS } from "./node/commands.ts";
import { POD_COMMANDS } from "./pod/commands.ts";
import { QUADLET_COMMANDS } from "./quadlet/commands.ts";
import { SECRET_COMMANDS } from "./secret/commands.ts";
import { SERVICE_COMMANDS } from "./service/commands.ts";
import { STACK_COMMANDS } from "./stack/commands.ts";
import { SWARM_COMMANDS } from "./swarm/commands.ts";
import { SYSTEM_COMMANDS } from "./system/commands.ts";
import { type Entry, type Found, findEntry, USUAL_COMMANDS } from "./usual-commands.ts";
import { STORAGE_COMMANDS } from "./volume/commands.ts";

/** Every command. A group such as `container` exists by having members. */
export const COMMANDS: readonly Entry[] = [
  ...USUAL_COMMANDS,
  {
    names: ["init", "container init"],
    summary: "Make containers ready to start: mounts, network, process",
    load: async () => (await import("./init.ts")).command,
  },
  {
    names: ["restart", "container restart"],
    summary: "Stop containers, where they run, and start them again",
    load: async () => (await import("./restart.ts")).command,
  },
  {
    names: ["pause", "container pause"],
    summary: "Hold all processes of containers",
    load: async () => (await import("./pause.ts")).command,
  },
  {
    names: ["unpause", "container unpause"],
    summary: "Let paused containers go on",
    load: async () => (await import("./unpause.ts")).command,
  },
  {
    names: ["events", "system events"],
    summary: "Show what happens to containers, images, volumes and networks",
    load: async () => (await import("./events.ts")).command,
  },
  {
    names: ["stats", "container stats"],
    summary: "Show what containers use: processors, memory, network, disks",
    load: async () => (await import("./stats.ts")).command,
  },
  {
    names: ["top", "container top"],
    summary: "Show the processes of a container",
    load: async () => (await import("./top.ts")).command,
  },
  {
    names: ["attach", "container attach"],
    summary: "Join the terminal, or stdin and output, to a running container",
    load: async () => (await import("./attach.ts")).command,
  },
  {
    names: ["wait", "container wait"],
    summary: "Wait until containers end and print their exit codes",
    load: async () => (await import("./wait.ts")).command,
  },
  {
    names: ["rename", "container rename"],
    summary: "Give a container another name",
    load: async () => (await import("./rename.ts")).command,
  },
  {
    names: ["port", "container port"],
    summary: "Show which ports of a container are published, and where",
    load: async () => (await import("./port.ts")).command,
  },
  {
    names: ["port-forward"],
    summary: "Lead ports of this machine into a container, or a task of the cluster",
    load: async () => (await import("./port-forward.ts")).command,
  },
  {
    names: ["container exists"],
    summary: "Tell by the exit code whether a container exists: 0 yes, 1 no",
    load: async () => (await import("./container-exists.ts")).command,
  },
  {
    names: ["container clone"],
    summary: "Create a container like another one",
    load: async () => (await import("./container-clone.ts")).command,
  },
  {
    names: ["container prune"],
    summary: "Remove all containers that do not run",
    load: async () => (await import("./container-prune.ts")).command,
  },
  {
    names: ["build", "image build", "buildx build", "builder build"],
    summary: "Build an image from a Containerfile or Dockerfile",
    load: async () => (await import("./build.ts")).command,
  },
  {
    names: ["builder prune", "buildx prune"],
    summary: "Forget what steps of builds have made",
    load: async () => (await import("./builder-prune.ts")).command,
  },
  ...BUILDX_COMMANDS,
  {
    names: ["push", "image push"],
    summary: "Push an image to a registry",
    load: async () => (await import("./push.ts")).command,
  },
  {
    names: ["login"],
    isLocal: true,
    summary: "Log in to a registry",
    load: async () => (await import("./login.ts")).command,
  },
  {
    names: ["logout"],
    isLocal: true,
    summary: "Forget the login of a registry",
    load: async () => (await import("./logout.ts")).command,
  },
  {
    names: ["save", "image save"],
    summary: "Write images to an archive or a folder",
    load: async () => (await import("./save.ts")).command,
  },
  {
    names: ["load", "image load"],
    summary: "Load images from an archive",
    load: async () => (await import("./load.ts")).command,
  },
  {
    names: ["import", "image import"],
    summary: "Make an image of a tar archive of a root file system",
    load: async () => (await import("./import.ts")).command,
  },
  {
    names: ["rmi", "image rm"],
    summary: "Remove images",
    load: async () => (await import("./rmi.ts")).command,
  },
  {
    names: ["tag", "image tag"],
    summary: "Give an image further names",
    load: async () => (await import("./tag.ts")).command,
  },
  {
    names: ["untag", "image untag"],
    summary: "Take names of an image away",
    load: async () => (await import("./untag.ts")).command,
  },
  ...IMAGE_COMMANDS,
  {
    names: ["search", "image search"],
    summary: "Search registries for repositories",
    load: async () => (await import("./search.ts")).command,
  },
  {
    names: ["history", "image history"],
    summary: "Show how an image came to be",
    load: async () => (await import("./history.ts")).command,
  },
  {
    names: ["image inspect"],
    summary: "Show everything about images, as JSON",
    load: async () => (await import("./image-inspect.ts")).command,
  },
  {
    names: ["container inspect"],
    summary: "Show everything about containers, as JSON",
    load: async () => (await import("./container-inspect.ts")).command,
  },
  {
    names: ["diff"],
    summary: "Show what a container or an image changed in the files below it",
    load: async () => (await import("./diff.ts")).command,
  },
  {
    names: ["container diff"],
    summary: "Show what a container changed in its image",
    load: async () => (await import("./diff.ts")).containerCommand,
  },
  {
    names: ["image diff"],
    summary: "Show what an image changed in its parent layer",
    load: async () => (await import("./diff.ts")).imageCommand,
  },
  {
    names: ["export", "container export"],
    summary: "Write a container's file system as a tar archive",
    load: async () => (await import("./export.ts")).command,
  },
  {
    names: ["commit", "container commit"],
    summary: "Make an image of what a container has changed",
    load: async () => (await import("./commit.ts")).command,
  },
  {
    names: ["update", "container update"],
    summary: "Change the limits, restart policy, health check or environment of containers",
    load: async () => (await import("./update.ts")).command,
  },
  {
    names: ["healthcheck run"],
    summary: "Make a container's health check now",
    load: async () => (await import("./healthcheck-run.ts")).command,
  },
  {
    names: ["compose"],
    summary: "Run projects that Compose files describe",
    load: async () => (await import("./compose.ts")).command,
  },
  ...COMPOSE_COMMANDS,
  ...CONTEXT_COMMANDS,
  ...MANIFEST_COMMANDS,
  ...STORAGE_COMMANDS,
  ...NETWORK_COMMANDS,
  ...SYSTEM_COMMANDS,
  ...SECRET_COMMANDS,
  ...CONFIG_COMMANDS,
  ...POD_COMMANDS,
  ...KUBE_COMMANDS,
  ...QUADLET_COMMANDS,
  ...SWARM_COMMANDS,
  ...NODE_COMMANDS,
  ...SERVICE_COMMANDS,
  ...STACK_COMMANDS,
  {
    names: ["completion"],
    isLocal: true,
    summary: "Print the completion script of a shell",
    load: async () => (await import("./completion.ts")).command,
  },
  {
    names: ["unshare"],
    isEngine: true,
    summary: "Run a command as root of the user's own namespaces",
    load: async () => (await import("./unshare.ts")).command,
  },
  {
    names: ["container cleanup"],
    summary: "Free what a container that has ended leaves in the kernel (conmon calls it)",
    hidden: true,
    load: async () => (await import("./cleanup.ts")).command,
  },
  {
    names: ["man"],
    summary: "Write the manual pages of all commands",
    hidden: true,
    load: async () => (await import("./man.ts")).command,
  },
  {
    names: ["__complete"],
    summary: "Suggest what could follow the words of a command line",
    hidden: true,
    load: async () => (await import("./complete.ts")).command,
  },
];

/** The entry whose name is the longest prefix of the words, and the words left over. */
export function findCommand(words: readonly string[]): Found | undefined {
  return findEntry(COMMANDS, words);
}
