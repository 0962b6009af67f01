import { runWatcher } from "../engine/watcher/watch.ts";
import type { Command } from "./command.ts";
import { helperCommand } from "./helper-command.ts";

export const command: Command = helperCommand(
  "system watch",
  "Make the health checks and restarts that are due",
  runWatcher,
);
