import { proxyVariables } from "../../../config/proxy.ts";
import type { ProcessOptions } from "../../../state/spec/process.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { environmentOf } from "../environment.ts";

/** The command's environment: options of `run` and `create`, as Podman names them. */
export const ENVIRONMENT_OPTIONS = {
  env: { kind: "list", short: "e", value: "KEY[=VALUE]", help: "Set a variable; without a value, the caller's own" },
  "env-file": { kind: "list", value: "FILE", help: "Read variables from a file, a line each", complete: "file" },
  "env-host": { kind: "flag", help: "Set all of the caller's variables" },
  "default-env": { kind: "list", hidden: true, help: "Set a variable below the image's (containers.conf)" },
  "env-merge": { kind: "list", value: "KEY=VALUE", help: "Set a variable; ${NAME} in it is the image's NAME" },
  "http-proxy": { kind: "flag", on: true, help: "Pass the caller's proxy variables on" },
  unsetenv: { kind: "list", value: "KEY", help: "Leave out a variable of the image, or a default one" },
  "unsetenv-all": { kind: "flag", help: "Leave out all of those" },
} as const;

type EnvironmentPart = {
  readonly env: readonly string[];
  readonly options: Pick<ProcessOptions, "unsetEnv" | "unsetAllEnv" | "envMerge" | "baseEnv">;
};

/** Throws `invalid` naming the option. */
export function containerEnvironmentOf(values: Values<typeof ENVIRONMENT_OPTIONS>): EnvironmentPart {
  const { unsetenv, "env-merge": merge, "unsetenv-all": all } = values;
  const wrong = merge.find((entry) => entry.indexOf("=") < 1);
  if (wrong !== undefined) throw badOption("--env-merge", wrong, "KEY=VALUE");
  const base = [
    ...environmentOf(values["default-env"], []),
    ...(values["http-proxy"] ? proxyVariables(process.env) : []),
  ];
  return {
    env: [...(values["env-host"] ? callersEnvironment() : []), ...environmentOf(values.env, values["env-file"])],
    options: {
      ...(base.length === 0 ? {} : { baseEnv: base }),
      ...(unsetenv.length === 0 ? {} : { unsetEnv: unsetenv }),
      ...(all ? { unsetAllEnv: true } : {}),
      ...(merge.length === 0 ? {} : { envMerge: merge }),
    },
  };
}

function callersEnvironment(): string[] {
  return Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}
