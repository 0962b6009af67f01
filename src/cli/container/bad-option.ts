import { EstibaError } from "../../lib/error.ts";

/** The error for a value that an option does not take: names the option, the value, and what it takes. */
export function badOption(option: string, value: string, wanted: string, fix?: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.bad_value",
    what: `${option}: "${value}" is not ${wanted}`,
    ...(fix === undefined ? {} : { fix }),
    details: { option, value },
  });
}
