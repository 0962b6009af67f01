import type { Project } from "../project.ts";
import type { Written } from "./written.ts";

/** Names of variables that are likely to hold what is nobody's business. */
const SECRET_NAME =
  /pass(?:word|wd|phrase)?|pwd|secret|token|credential|(?:api|access|private|auth|encryption)[_-]?key/i;

/** Texts that are secrets whatever they are called: private keys, and keys of well-known services. */
const SECRET_TEXTS: readonly (readonly [string, RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a key of AWS", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["a token of GitHub", /\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{60,})/],
  ["a token of Slack", /\bxox[abprs]-[0-9A-Za-z-]{10,}/],
  ["a JSON web token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
];

/** A text that will be public, with the name it is told under. */
export type PublicText = { readonly name: string; readonly text: string };

/**
 * What has to be agreed to before a project is published, one question each; none where nothing is doubtful. Values that are variables stay
 * variables, and are no doubt. Pure. The words are those of docker compose.
 */
export function questionsAbout(
  project: Project,
  files: readonly Written[],
  { withEnv, texts }: { readonly withEnv: boolean; readonly texts: readonly PublicText[] },
): string[] {
  const about = [aboutBinds(project), aboutTexts(texts), withEnv ? undefined : aboutVariables(files)];
  return [...about, aboutContents(files)].filter((question) => question !== undefined);
}

function aboutBinds({ services }: Project): string | undefined {
  const binds = Object.entries(services).flatMap(([name, { volumes = [] }]) =>
    volumes.filter(({ type }) => type === "bind").map(({ source, target }) => `  ${name}: ${source ?? ""}:${target}`),
  );
  if (binds.length === 0) return undefined;
  return [
    "you are about to publish bind mounts declaration within your OCI artifact.",
    "only the bind mount declarations will be added to the OCI artifact (not content)",
    "please double check that you are not mounting potential user's sensitive directories or data",
    ...binds,
    "Are you ok to publish these bind mount declarations?",
  ].join("\n");
}

function aboutTexts(texts: readonly PublicText[]): string | undefined {
  const found = texts.flatMap(({ name, text }) =>
    SECRET_TEXTS.filter(([, pattern]) => pattern.test(text)).map(([what]) => `  ${name}: ${what}`),
  );
  if (found.length === 0) return undefined;
  return [
    "you are about to publish sensitive data within your OCI artifact.",
    "please double check that you are not leaking sensitive data",
    ...found,
    "Are you ok to publish these sensitive data?",
  ].join("\n");
}

function aboutVariables(files: readonly Written[]): string | undefined {
  const all = files.flatMap(({ services }) => services);
  const names = [...new Set(all.map(({ name }) => name))].toSorted();
  const found = names.flatMap((name) => {
    const same = all.filter((service) => service.name === name);
    const keys = same
      .flatMap(({ environment }) => environment)
      .filter(([key, value]) => SECRET_NAME.test(key) && !key.toLowerCase().endsWith("_file") && isLiteral(value))
      .map(([key]) => JSON.stringify(key));
    const service = `  service ${JSON.stringify(name)}:`;
    return [
      ...(same.some(({ hasEnvFile }) => hasEnvFile) ? [`${service} env_file declared`] : []),
      ...(keys.length > 0 ? [`${service} literal value for ${[...new Set(keys)].toSorted().join(", ")}`] : []),
    ];
  });
  if (found.length === 0) return undefined;
  return [
    "you are about to publish env-related declarations within your OCI artifact.",
    "env_file paths and literal values for sensitive-looking keys are embedded as-is in the published YAML;",
    'interpolated values like "${VAR}" are kept symbolic and have already been excluded.',
    ...found,
    "Use --with-env to silence this prompt and always publish env declarations.",
    "Are you ok to publish these env declarations?",
  ].join("\n");
}

function aboutContents(files: readonly Written[]): string | undefined {
  const found = files.flatMap(({ contents }) => contents).filter(([, text]) => isLiteral(text));
  if (found.length === 0) return undefined;
  return [
    "you are about to publish literal inline config content within your OCI artifact.",
    ...found.map(([name]) => `  config ${JSON.stringify(name)}`),
    "Are you ok to publish these config contents?",
  ].join("\n");
}

/** Whether anything but variables is in a text; what stands in for a variable is written there, too. */
function isLiteral(text: string): boolean {
  const rest = text.replaceAll("$$", "X").replaceAll(/\$(?:\w+|\{\w+(?::?(?:\?[^}]*|[-+]))?\})/g, "");
  return rest.replaceAll(/\W/g, "").length > 0;
}
