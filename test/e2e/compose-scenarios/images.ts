import { join } from "node:path";
import type { TestEngine } from "../../fixtures/engine.ts";
import { makeImage } from "../../fixtures/image.ts";
import type { TestRegistry } from "../../fixtures/registry.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const COMMANDS: Readonly<Record<string, readonly string[]>> = { bash: ["bash"], nginx: ["nginx"] };

/** One root file system stands in for all images: busybox, its applets in both folders, and four scripts. */
const FILES = {
  "usr/bin": { link: "../bin" },
  "usr/local/bin/printenv": '#!/bin/sh\n[ $# -eq 0 ] && exec env\neval "v=\\${$1-}"\n[ -n "$v" ] && echo "$v"\n',
  "usr/local/bin/curl": '#!/bin/sh\nexec wget -q -O - "$@"\n',
  "usr/local/bin/bash": '#!/bin/sh\nexec ash "$@"\n',
  "usr/local/bin/nginx":
    '#!/bin/sh\n[ "$1" = -t ] && { echo "nginx: configuration file test is successful"; exit 0; }\nexec httpd -f -p 80 -h /usr/share/nginx/html\n',
  "usr/share/nginx/html/index.html": "<h1>Welcome to nginx!</h1>\n",
};

const LOCAL = ["alpine:latest", "busybox:latest", "busybox:1.35.0", "bash:latest", "nginx:latest", "nginx:alpine"];

/** Loads the images that every case may use. */
export async function loadImages(engine: TestEngine): Promise<void> {
  for (const name of LOCAL) {
    const [path = ""] = name.split(":");
    await engine.load({ name: `docker.io/library/${name}`, files: FILES, process: processOf(path) });
  }
}

/** Puts an image such as `alpine:3.16` into the registry. */
export async function serveImage(engine: TestEngine, registry: TestRegistry, name: string): Promise<void> {
  const [path = ""] = name.split(":");
  const layout = join(engine.folder, "served", name.replaceAll(/\W/g, "-"));
  // Each has an id of its own, as images of different versions have.
  const files = { ...FILES, "etc/version": `${name}\n` };
  await makeImage(layout, { name: "it:1", files, process: processOf(path) });
  await registry.push(`oci:${layout}:it:1`, name);
}

function processOf(path: string): { env: string[]; cmd: string[] } {
  return { env: [PATH], cmd: [...(COMMANDS[path] ?? ["/bin/sh"])] };
}
