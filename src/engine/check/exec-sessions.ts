import { existsSync, rmSync } from "node:fs";
import { isAlive } from "../../host/process.ts";
import { listSoundContainers } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { finishSession, halfRemovedSessions, isSessionAlive, listSessions } from "../exec-session.ts";
import type { Finding } from "./finding.ts";

/** Commands that `exec` began and whose end nobody has told: their monitors were killed, or their clients before they had begun. */
export function checkExecSessions(engine: Engine): Finding[] {
  return listSoundContainers(engine.store).flatMap(({ id, name }) => [
    ...listSessions(engine, id)
      .filter((session) => !isSessionAlive(session) && !isAlive(session.monitor) && existsSync(session.folder))
      .map((session) => ({
        kind: "exec session",
        what: `the end of the command ${session.id.slice(0, 12)} in container ${name} was not told`,
        repair: () => void finishSession(engine, id, session.id),
      })),
    ...halfRemovedSessions(engine, id).map((folder) => ({
      kind: "exec session",
      what: `${folder} was not removed to the end`,
      repair: () => rmSync(folder, { recursive: true, force: true }),
    })),
  ]);
}
