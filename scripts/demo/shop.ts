import { join } from "node:path";
import type { Shell } from "./shell.ts";

const FILE: string = join(import.meta.dir, "../../examples/shop/compose.yaml");

/**
 * A project of four services comes up behind its health checks, is scaled, has a service replaced while it is asked without pause, and goes
 * again. The image `bb:1` is here. Throws when a page is not what it should be, or a request fails.
 */
export async function tellShop(shell: Shell, binary: string, port: number): Promise<void> {
  const page = `http://127.0.0.1:${port}/cgi-bin/shop`;
  const compose = async (variables: readonly string[], ...words: string[]): Promise<string> =>
    await shell.run([
      "env",
      `SHOP_PORT=${port}`,
      ...variables,
      binary,
      "compose",
      "--progress=quiet",
      "-f",
      FILE,
      ...words,
    ]);
  await compose([], "up", "-d", "--wait", "--quiet-build");
  const first = await shell.step(`# fetch ${page}`, async () => await textOf(page));
  if (!first.includes("version 1\n")) throw new Error(`the page is not the shop's: ${first}`);
  for (const line of first.trim().split("\n")) console.log(`  ${line}`);
  await compose(["SHOP_WORKERS=3"], "up", "-d");
  await compose(["SHOP_WORKERS=3"], "ps", "--format", "{{.Name}}: {{.Status}}");
  const state = { done: false };
  const versions: string[] = [];
  const asking = (async () => {
    while (!state.done) versions.push(/version (\d)/.exec(await textOf(page))?.[1] ?? "none");
  })();
  try {
    await compose(["SHOP_WORKERS=3", "SHOP_VERSION=2"], "up", "-d");
  } finally {
    state.done = true;
  }
  await asking;
  const count = (version: string): number => versions.filter((each) => each === version).length;
  if (count("1") + count("2") !== versions.length) throw new Error("a request failed while the service was replaced");
  console.log(
    `  while web was replaced: ${count("1")} pages of version 1, then ${count("2")} of version 2, none failed`,
  );
  await compose([], "down", "-v", "--rmi", "all", "--timeout", "0");
}

async function textOf(url: string): Promise<string> {
  return await (await fetch(url, { keepalive: false })).text();
}
