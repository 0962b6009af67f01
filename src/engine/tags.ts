import { isQualified, parseRepository, qualify, repositoryOf } from "../oci/reference.ts";
import { imageNames } from "../state/images.ts";
import type { Engine } from "./engine.ts";

/** The full names of all tags here of a repository; a short one is looked for under localhost/, then docker.io. Throws `invalid`. */
export function tagsOfRepository(engine: Engine, text: string): string[] {
  const reference = parseRepository(text);
  const repositories = isQualified(reference)
    ? [repositoryOf(reference)]
    : ["localhost", "docker.io"].map((domain) => repositoryOf(qualify(reference, domain)));
  const names = imageNames(engine.store).map(({ name }) => name);
  for (const repository of repositories) {
    const found = names.filter((name) => name.startsWith(`${repository}:`));
    if (found.length > 0) return found;
  }
  return [];
}
