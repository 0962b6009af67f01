/** Environment variables that are worth keeping where sudo starts with an empty environment. */
const KEPT: readonly string[] = ["PATH", "CI", "TERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS"];

/** The words to put before a command that needs root: none for root, sudo for others. */
export function asRoot(): string[] {
  if (process.getuid?.() === 0) return [];
  const asked = Bun.spawnSync(["sudo", "-n", "true"], { stdio: ["ignore", "ignore", "ignore"] });
  const kept = KEPT.flatMap((name) => (process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`]));
  return ["sudo", ...(asked.exitCode === 0 ? ["-n"] : []), "env", ...kept];
}
