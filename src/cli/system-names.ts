import { runNames } from "../engine/names/serve.ts";
import type { Command } from "./command.ts";
import { helperCommand } from "./helper-command.ts";

export const command: Command = helperCommand("system names", "Answer the names of containers on networks", runNames);
