import { currentLogin, defaultRegistry, type LoginPlace, logIn, parseLoginPlace } from "../engine/login.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand, type Values } from "./command.ts";
import type { Cli } from "./context.ts";
import { REGISTRY_OPTIONS } from "./image/credentials.ts";
import { catchInterrupt } from "./image/interrupt.ts";
import { askHidden, askLine } from "./image/prompt.ts";

const { authfile, "cert-dir": certDir, "tls-verify": tlsVerify } = REGISTRY_OPTIONS;

const OPTIONS = {
  authfile: { ...authfile, help: "Keep the login in this file" },
  "cert-dir": certDir,
  "compat-auth-file": { kind: "string", value: "FILE", help: "Keep it in a config.json as Docker's", complete: "file" },
  "get-login": { kind: "flag", help: "Print the user name that would be used, and do nothing" },
  password: {
    kind: "string",
    short: "p",
    value: "PASSWORD",
    help: "The password; others may see it in the process list",
  },
  "password-stdin": { kind: "flag", help: "Read the password from stdin" },
  secret: { kind: "string", value: "NAME", help: "The password is what this secret says", complete: "secret" },
  "tls-verify": tlsVerify,
  username: { kind: "string", short: "u", value: "NAME", help: "The user name" },
  verbose: { kind: "flag", short: "v", help: "Tell where the login is kept" },
} as const;

export const command: Command = defineCommand({
  name: "login",
  summary: "Log in to a registry",
  usage: "[OPTIONS] [REGISTRY]",
  description:
    "The login is tried first. It is kept where podman, buildah and skopeo look for it, or in the credential helper that the\nauth file names. Without a registry: the first search registry, else docker.io.",
  options: OPTIONS,
  configured: true,
  args: [0, 1],
  examples: [
    ["estiba login registry.example", "asks for user name and password"],
    ["pass show reg | estiba login -u ann --password-stdin registry.example", "in a script"],
  ],
  async run(values, [registry], cli) {
    const place = parseLoginPlace(registry ?? defaultRegistry());
    const file = values["compat-auth-file"] ?? values.authfile;
    if (values["get-login"]) {
      const found = await currentLogin(place, { authFile: file });
      if (found === undefined) throw notLoggedIn(place);
      cli.out(`${found.username}\n`);
      return 0;
    }
    const credentials = await askCredentials(cli, values);
    using interrupt = catchInterrupt();
    const kept = await logIn(place, credentials, {
      authFile: file,
      certFolder: values["cert-dir"],
      verifyTls: values["tls-verify"] ? undefined : false,
      signal: interrupt.signal,
    });
    if (values.verbose) cli.out(`Used: ${kept}\n`);
    cli.out("Login Succeeded!\n");
    return 0;
  },
});

async function askCredentials(
  cli: Cli,
  values: Values<typeof OPTIONS>,
): Promise<{ username: string; password: string }> {
  const { password, secret } = values;
  if (secret !== undefined) {
    if (password !== undefined || values["password-stdin"])
      throw bad("--secret cannot be used with --password or --password-stdin", "leave out one");
    if (values.username === undefined) throw bad("--secret needs --username", "add: --username NAME");
    const { revealSecret } = await import("../engine/secret/list.ts");
    const text = revealSecret(cli.engine(), secret).toString("utf8");
    return { username: values.username, password: text.replace(/\r?\n$/, "") };
  }
  if (values["password-stdin"]) {
    if (password !== undefined) throw bad("--password and --password-stdin cannot be used together", "leave out one");
    if (values.username === undefined) throw bad("--password-stdin needs --username", "add: --username NAME");
    const text = await Bun.stdin.text();
    return { username: values.username, password: text.replace(/\r?\n$/, "") };
  }
  if (password !== undefined && values.username !== undefined) return { username: values.username, password };
  if (!process.stdin.isTTY)
    throw bad(
      "stdin is no terminal: user name and password cannot be asked for",
      "use --username and --password-stdin",
    );
  const username = values.username ?? (await askLine(cli, "Username: "));
  return { username, password: password ?? (await askHidden(cli, "Password: ")) };
}

function notLoggedIn({ domain }: LoginPlace): EstibaError {
  return new EstibaError("not_found", {
    reason: "image.not_logged_in",
    what: `not logged into ${domain}`,
    fix: `log in: estiba login ${domain}`,
  });
}

function bad(what: string, fix: string): EstibaError {
  return new EstibaError("invalid", { reason: "cli.login", what, fix });
}
