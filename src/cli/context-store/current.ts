import { join } from "node:path";
import { DEFAULT_CONTEXT, dockerFolder } from "../../client/contexts.ts";
import { changeAuthFile } from "../../config/auth-store.ts";
import { chooseElsewhere } from "../elsewhere.ts";

/** The context that commands go to when they name none: an address in DOCKER_HOST goes before it, and is the default one's, as with Docker. */
export function currentContext(): string {
  const chosen = chooseElsewhere({}, process.env);
  return chosen !== undefined && "context" in chosen ? chosen.context : DEFAULT_CONTEXT;
}

/** Writes it to Docker's config.json, where everything else stays. */
export function setCurrentContext(name: string): void {
  const path = join(dockerFolder(process.env), "config.json");
  changeAuthFile(path, ({ currentContext: _before, ...others }) =>
    name === DEFAULT_CONTEXT ? others : { ...others, currentContext: name },
  );
}
