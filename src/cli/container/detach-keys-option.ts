/** `--detach-keys` of every verb that can attach. */
export const DETACH_KEYS_OPTION = {
  kind: "string",
  value: "KEYS",
  help: "Keys that detach from a terminal, empty for none (default ctrl-p,ctrl-q)",
} as const;
