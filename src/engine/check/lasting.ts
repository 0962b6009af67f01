import type { Finding } from "./finding.ts";

const LOOK_EVERY_MS = 50;

/** What is found at each of several looks: what is just coming or going is right a moment later. One look, where that finds nothing. */
export async function lasting(looks: number, look: () => Finding[]): Promise<Finding[]> {
  let findings = look();
  for (let again = 0; again < looks && findings.length > 0; again++) {
    await Bun.sleep(LOOK_EVERY_MS);
    const present = new Set(look().map(({ what }) => what));
    findings = findings.filter(({ what }) => present.has(what));
  }
  return findings;
}
