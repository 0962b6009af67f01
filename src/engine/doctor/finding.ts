export type DoctorLevel = "ok" | "warning" | "error";

/** What one look at the host found. */
export type DoctorFinding = {
  /** What was looked at: `cgroups`, `runtime crun`, ... */
  readonly check: string;
  /** `error`: containers cannot run; `warning`: something does not work or is slower. */
  readonly level: DoctorLevel;
  /** What is so, lower case, one line. */
  readonly what: string;
  /** What follows from it; undefined where all is well. */
  readonly why: string | undefined;
  /** The command that mends it, where there is one. */
  readonly fix: string | undefined;
};

/** A finding that all is well. */
export function fine(check: string, what: string): DoctorFinding {
  return { check, level: "ok", what, why: undefined, fix: undefined };
}

/** A finding that something is not. */
export function trouble(
  level: "warning" | "error",
  check: string,
  parts: { what: string; why: string; fix?: string },
): DoctorFinding {
  return { check, level, what: parts.what, why: parts.why, fix: parts.fix };
}
