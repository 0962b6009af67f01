import type { Applying } from "../../compose/apply/applying.ts";
import type { Loaded } from "../../compose/load.ts";
import type { Naming } from "../../compose/plan/names.ts";
import type { ImageAction } from "../../compose/plan/step.ts";
import { describeError, isEstibaError } from "../../lib/error.ts";
import { parsePlatform } from "../../oci/platform.ts";
import type { Cli } from "../context.ts";
import { type BuildAsked, platformOf } from "./build-words.ts";

/** How pulls and builds are shown, and what they are given. */
export type ImageBringing = {
  readonly cli: Cli;
  readonly loaded: Loaded;
  readonly naming: Naming;
  readonly build: BuildAsked;
  /** Say nothing of the steps of builds. */
  readonly quietBuild: boolean;
};

type How = { readonly signal: AbortSignal; readonly warn: (text: string) => void };

/** Pulls and builds for the steps of a plan; nothing of either is loaded before it is needed. */
export function imageBringer(bringing: ImageBringing): Applying["images"] {
  return async (action, how) =>
    action.kind === "build" ? await build(bringing, action.service, how.signal) : await pull(bringing, action, how);
}

async function pull(
  bringing: ImageBringing,
  action: Extract<ImageAction, { kind: "pull" }>,
  how: How,
): Promise<string | undefined> {
  const { cli, loaded } = bringing;
  const { pullImage } = await import("../../engine/pull.ts");
  const platform = platformOf(loaded, action.service);
  try {
    const steps = pullImage(cli.engine(), action.image, {
      policy: "always",
      platform: platform === undefined ? undefined : parsePlatform(platform),
      signal: how.signal,
      credentials: undefined,
      authFile: undefined,
      certFolder: undefined,
      verifyTls: undefined,
    });
    for (let step = await steps.next(); step.done !== true; step = await steps.next());
    return undefined;
  } catch (error) {
    if (!isEstibaError(error) || error.code === "cancelled" || action.otherwise === "fail") throw error;
    how.warn(describeError(error));
    if (action.otherwise === "ignore") return "Skipped";
    await build(bringing, action.service, how.signal);
    return "Built";
  }
}

async function build(
  { cli, loaded, naming, build: asked, quietBuild }: ImageBringing,
  service: string,
  signal: AbortSignal,
) {
  const [{ buildImage }, { BUILD_OPTIONS }, { buildRequest }, { showBuild }, { parseCommandLine }, { buildWords }] =
    await Promise.all([
      import("../../build/build.ts"),
      import("../build/options.ts"),
      import("../build/request.ts"),
      import("../build/progress.ts"),
      import("../parse.ts"),
      import("./build-words.ts"),
    ]);
  using held = new DisposableStack();
  const words = buildWords(service, asked, { loaded, naming, held });
  const { values, args } = parseCommandLine(words, BUILD_OPTIONS, {
    stopAtFirst: false,
    prefix: "estiba compose build",
  });
  const request = await buildRequest(values, args[0], { cli, signal, held });
  await showBuild(cli, buildImage(cli.engine(), request), { quiet: quietBuild, progress: "plain" });
  return undefined;
}
