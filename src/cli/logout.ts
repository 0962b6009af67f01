import { defaultRegistry, logOut, logOutOfAll, parseLoginPlace } from "../engine/login.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { REGISTRY_OPTIONS } from "./image/credentials.ts";

export const command: Command = defineCommand({
  name: "logout",
  summary: "Forget the login of a registry",
  usage: "[OPTIONS] [REGISTRY]",
  options: {
    all: { kind: "flag", short: "a", help: "Forget every login" },
    authfile: { ...REGISTRY_OPTIONS.authfile, help: "Forget it in this file" },
    "compat-auth-file": {
      kind: "string",
      value: "FILE",
      help: "Forget it in a config.json as Docker's",
      complete: "file",
    },
  },
  args: [0, 1],
  examples: [["estiba logout registry.example", "its login is gone"]],
  async run(values, [registry], cli) {
    const files = { authFile: values["compat-auth-file"] ?? values.authfile };
    if (values.all) {
      if (registry !== undefined) throw notBoth();
      await logOutOfAll(files);
      cli.out("Removed login credentials for all registries\n");
      return 0;
    }
    const place = parseLoginPlace(registry ?? defaultRegistry());
    const { removed, elsewhere } = await logOut(place, files);
    const name = place.path === "" ? place.domain : `${place.domain}/${place.path}`;
    if (removed) cli.out(`Removed login credentials for ${name}\n`);
    if (elsewhere) cli.warn(`another auth file still has a login for ${name}, such as one of docker login`);
    if (removed || elsewhere) return 0;
    throw new EstibaError("not_found", {
      reason: "image.not_logged_in",
      what: `not logged into ${name}`,
      fix: "estiba login --get-login tells whether there is a login",
    });
  },
});

function notBoth(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.login",
    what: "--all takes no registry",
    fix: "leave out one of the two",
  });
}
