import { formatPlatform } from "../../oci/platform.ts";
import { chosenPlatform } from "../image/platform.ts";
import { imageIdOf, pullImage } from "./pull-image.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    arch: "string",
    authfile: "string",
    creds: "string",
    "disable-content-trust": "flag",
    os: "string",
    platform: "string",
    policy: "string",
    quiet: "flag",
    variant: "string",
  },
  async run(values, args, remote) {
    const platform = chosenPlatform(values);
    for (const given of args) {
      const image = given.replace(/^docker:\/\//, "");
      const here =
        values.policy === "missing" || values.policy === "never" ? await imageIdOf(remote, image) : undefined;
      if (here === undefined && values.policy !== "never")
        await pullImage(remote, image, {
          ...values,
          platform: platform === undefined ? undefined : formatPlatform(platform),
        });
      remote.out(`${here ?? (await imageIdOf(remote, image)) ?? image}\n`);
    }
    return 0;
  },
});
