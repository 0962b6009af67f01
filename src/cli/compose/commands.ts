import type { Entry } from "../usual-commands.ts";

/** The verbs of `estiba compose`. */
export const COMPOSE_COMMANDS: readonly Entry[] = [
  {
    names: ["compose alpha viz"],
    summary: "Print a project's services as a graph for Graphviz",
    load: async () => (await import("./viz.ts")).command,
  },
  {
    names: ["compose attach"],
    summary: "Join stdin and output to a running container of a service",
    load: async () => (await import("./attach.ts")).command,
  },
  {
    names: ["compose bridge convert"],
    summary: "Convert a project into another model, by an image that does so",
    load: async () => (await import("./bridge-convert.ts")).command,
  },
  {
    names: ["compose build"],
    summary: "Build the images of services",
    load: async () => (await import("./build.ts")).command,
  },
  {
    names: ["compose commit"],
    summary: "Make an image of what a service's container has changed",
    load: async () => (await import("./commit.ts")).command,
  },
  {
    names: ["compose config", "compose convert"],
    summary: "Check a project's files and print what they mean",
    load: async () => (await import("./config.ts")).command,
  },
  {
    names: ["compose cp"],
    summary: "Copy files and folders between services and the host",
    load: async () => (await import("./cp.ts")).command,
  },
  {
    names: ["compose create"],
    summary: "Create the containers of services, and start none",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["compose disable"],
    summary: "Remove the units that start a project at boot",
    load: async () => (await import("./disable.ts")).command,
  },
  {
    names: ["compose down"],
    summary: "Stop and remove a project's containers and networks",
    load: async () => (await import("./down.ts")).command,
  },
  {
    names: ["compose enable"],
    summary: "Write units of systemd that start a project at boot, in its order",
    load: async () => (await import("./enable.ts")).command,
  },
  {
    names: ["compose events"],
    summary: "Show what happens to a project's containers",
    load: async () => (await import("./events.ts")).command,
  },
  {
    names: ["compose exec"],
    summary: "Run a command in a running container of a service",
    load: async () => (await import("./exec.ts")).command,
  },
  {
    names: ["compose export"],
    summary: "Write the file system of a service's container as a tar archive",
    load: async () => (await import("./export.ts")).command,
  },
  {
    names: ["compose images"],
    summary: "List the images of a project's containers",
    load: async () => (await import("./list-images.ts")).command,
  },
  {
    names: ["compose kill"],
    summary: "Send a signal to the containers of services",
    load: async () => (await import("./kill.ts")).command,
  },
  {
    names: ["compose logs"],
    summary: "Show what the containers of services printed",
    load: async () => (await import("./logs.ts")).command,
  },
  {
    names: ["compose ls", "compose list"],
    summary: "List projects",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["compose map"],
    summary: "Draw a project: what its services need, and what its containers share",
    load: async () => (await import("./map.ts")).command,
  },
  {
    names: ["compose pause"],
    summary: "Hold all processes of services",
    load: async () => (await import("./pause.ts")).command,
  },
  {
    names: ["compose plan"],
    summary: "Show what `up` would do, and why",
    load: async () => (await import("./plan.ts")).command,
  },
  {
    names: ["compose port"],
    summary: "Show where a port of a service is published",
    load: async () => (await import("./port.ts")).command,
  },
  {
    names: ["compose ps"],
    summary: "List a project's containers",
    load: async () => (await import("./ps.ts")).command,
  },
  {
    names: ["compose publish"],
    summary: "Publish a project's files as an artifact in a registry",
    load: async () => (await import("./publish.ts")).command,
  },
  {
    names: ["compose pull"],
    summary: "Pull the images of services",
    load: async () => (await import("./pull.ts")).command,
  },
  {
    names: ["compose push"],
    summary: "Push the images of services that are built",
    load: async () => (await import("./push.ts")).command,
  },
  {
    names: ["compose restart"],
    summary: "Stop the containers of services and start them again",
    load: async () => (await import("./restart.ts")).command,
  },
  {
    names: ["compose rm"],
    summary: "Remove containers of services that do not run",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["compose run"],
    summary: "Run a command in a new container of a service",
    load: async () => (await import("./run.ts")).command,
  },
  {
    names: ["compose scale"],
    summary: "Set how many containers services have",
    load: async () => (await import("./scale.ts")).command,
  },
  {
    names: ["compose start"],
    summary: "Start the containers of services, and of what they depend on",
    load: async () => (await import("./start.ts")).command,
  },
  {
    names: ["compose stats"],
    summary: "Show what the containers of services use",
    load: async () => (await import("./stats.ts")).command,
  },
  {
    names: ["compose stop"],
    summary: "Stop the containers of services",
    load: async () => (await import("./stop.ts")).command,
  },
  {
    names: ["compose top"],
    summary: "Show the processes of services",
    load: async () => (await import("./top.ts")).command,
  },
  {
    names: ["compose unpause"],
    summary: "Let paused services go on",
    load: async () => (await import("./unpause.ts")).command,
  },
  {
    names: ["compose up"],
    summary: "Create and start a project's containers",
    load: async () => (await import("./up.ts")).command,
  },
  {
    names: ["compose volumes"],
    summary: "List a project's volumes",
    load: async () => (await import("./volumes.ts")).command,
  },
  {
    names: ["compose version"],
    summary: "Show the version of Compose",
    load: async () => (await import("./version.ts")).command,
  },
  {
    names: ["compose wait"],
    summary: "Wait until the containers of services end",
    load: async () => (await import("./wait.ts")).command,
  },
  {
    names: ["compose watch"],
    summary: "Watch source files, and renew services when they change",
    load: async () => (await import("./watch.ts")).command,
  },
];
