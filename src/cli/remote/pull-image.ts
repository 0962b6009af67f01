import type { ProgressLine } from "../../client/answers.ts";
import { inPath, layerStep, progressLines, splitReference } from "../../client/transfers.ts";
import { type ImageProgress } from "../../engine/receive-layers.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Digest } from "../../oci/digest.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { showProgress } from "../image/progress.ts";
import { registryLogin } from "./registry-login.ts";
import type { Remote } from "./verb.ts";

type Pull = {
  readonly platform: string | undefined;
  readonly quiet: boolean;
  readonly creds?: string | undefined;
  readonly authfile?: string | undefined;
};

/** Has the engine fetch an image, and shows how far it is. */
export async function pullImage(remote: Remote, image: string, values: Pull): Promise<void> {
  using interrupt = catchInterrupt();
  const { name, tag } = splitReference(image);
  const lines = remote.client.objects<ProgressLine>("POST", "/images/create", {
    query: { fromImage: name, tag, platform: values.platform },
    headers: await registryLogin(image, values),
    signal: interrupt.signal,
  });
  await showProgress(remote, stepsOf(image, progressLines(lines)), values);
}

/** Progress over there, as progress here. */
export async function* stepsOf(
  image: string | undefined,
  lines: AsyncIterable<ProgressLine>,
): AsyncGenerator<ImageProgress, void, undefined> {
  if (image !== undefined) yield { kind: "trying", name: image };
  for await (const line of lines) {
    const step = layerStep(line);
    if (step === undefined) continue;
    const { layer, ...rest } = step;
    yield { kind: "layer", digest: layer as Digest, ...rest };
  }
}

/** The id of an image there; undefined for one that is not there. */
export async function imageIdOf({ client }: Remote, image: string): Promise<string | undefined> {
  try {
    const { Id } = await client.json<{ Id: string }>("GET", `/images/${inPath(image)}/json`);
    return Id.replace(/^sha256:/, "");
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}
