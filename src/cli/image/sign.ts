import { signImage } from "../../engine/sign-image.ts";
import { type Command, defineCommand } from "../command.ts";
import { REGISTRY_OPTIONS, registryOptionsOf } from "./credentials.ts";
import { catchInterrupt } from "./interrupt.ts";
import { SIGN_OPTIONS, signingKey } from "./signing-key.ts";

export const command: Command = defineCommand({
  name: "image sign",
  summary: "Sign images in their registry",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  description:
    "Puts a sigstore signature beside each image, which policy.json can demand of a pull (sigstoreSigned with keyPath).\nThe key is a PEM file, such as openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes.",
  options: {
    ...REGISTRY_OPTIONS,
    all: { kind: "refused", help: "the name is signed as it is: an index stands for all its images" },
    directory: { kind: "refused", help: "signatures lie beside the image in its registry" },
    "sign-by": { kind: "refused", help: "images cannot be signed by GPG" },
    ...SIGN_OPTIONS,
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [["estiba image sign --sign-by-sigstore-private-key key.pem reg.example/app:1", "app"]],
  async run(values, names, cli) {
    using interrupt = catchInterrupt();
    const key = signingKey(values);
    for (const name of names) {
      const signed = await signImage(name, {
        ...registryOptionsOf(values),
        key,
        signal: interrupt.signal,
      });
      cli.out(`${signed.name}@${signed.digest}\n`);
    }
    return 0;
  },
});
