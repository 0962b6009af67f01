import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { type JsonSource, parseJsonSource } from "../../lib/json-source.ts";
import { nearest } from "../../lib/nearest.ts";
import { parseCapability } from "../../oci/capability.ts";
import type { SpecSeccompAction, SpecSeccompArg, SpecSeccompOperator } from "../../oci/runtime-spec.ts";
import type { ProfileRule, RuleFilter, SeccompProfile } from "./profile.ts";

const ACTIONS: readonly SpecSeccompAction[] = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_LOG",
  "SCMP_ACT_NOTIFY",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_TRAP",
];
const OPERATORS: readonly SpecSeccompOperator[] = [
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_MASKED_EQ",
];
const PROFILE_KEYS = [
  "defaultAction",
  "defaultErrnoRet",
  "defaultErrno",
  "architectures",
  "archMap",
  "flags",
  "listenerPath",
  "listenerMetadata",
  "syscalls",
];
const RULE_KEYS = ["names", "name", "action", "errnoRet", "errno", "args", "includes", "excludes"];
const COMMENT_KEYS = ["comment", "$schema"];

/** Reads the profile of `--security-opt seccomp=FILE`: Docker's and Podman's JSON format. Errors as {@link parseProfile}; `not_found` without the file. */
export function loadProfile(file: string): SeccompProfile {
  return parseProfile(readProfile(file), file);
}

function readProfile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const missing = hasCode(error, "ENOENT");
    throw new EstibaError(missing ? "not_found" : "invalid", {
      reason: "seccomp.unreadable",
      what: `seccomp profile "${file}" cannot be read`,
      cause: error,
      fix: "name a readable JSON file, or give seccomp=unconfined",
    });
  }
}

/** Parses a profile. Throws `invalid` with file:line:column: bad JSON, an unknown key, action, operator, capability or errno. */
export function parseProfile(text: string, file: string): SeccompProfile {
  const reader = new Reader(parseJsonSource(text, file));
  const top = reader.object(reader.source.value, [], PROFILE_KEYS);
  const rules = reader.list(top["syscalls"], ["syscalls"]).map((rule, index) => readRule(reader, rule, index));
  const defaultErrnoRet = readErrno(reader, { code: top["defaultErrnoRet"], name: top["defaultErrno"] }, [
    "defaultErrnoRet",
  ]);
  const archMap = reader
    .list(top["archMap"], ["archMap"])
    .map((entry, index) => readArchitecture(reader, entry, index));
  const strings = (key: string): string[] => reader.strings(top[key], [key]);
  return {
    defaultAction: reader.oneOf(top["defaultAction"], ACTIONS, ["defaultAction"]),
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    ...(top["architectures"] === undefined ? {} : { architectures: strings("architectures") }),
    ...(archMap.length === 0 ? {} : { archMap }),
    ...(top["flags"] === undefined ? {} : { flags: strings("flags") }),
    ...(top["listenerPath"] === undefined
      ? {}
      : { listenerPath: reader.string(top["listenerPath"], ["listenerPath"]) }),
    ...(top["listenerMetadata"] === undefined
      ? {}
      : { listenerMetadata: reader.string(top["listenerMetadata"], ["listenerMetadata"]) }),
    syscalls: rules,
  };
}

type Path = (string | number)[];

function readArchitecture(
  reader: Reader,
  value: unknown,
  index: number,
): { architecture: string; subArchitectures: string[] } {
  const path = ["archMap", index];
  const entry = reader.object(value, path, ["architecture", "subArchitectures"]);
  return {
    architecture: reader.string(entry["architecture"], [...path, "architecture"]),
    subArchitectures: reader.strings(entry["subArchitectures"], [...path, "subArchitectures"]),
  };
}

function readRule(reader: Reader, value: unknown, index: number): ProfileRule {
  const path: Path = ["syscalls", index];
  const rule = reader.object(value, path, RULE_KEYS);
  const names = reader.strings(rule["names"], [...path, "names"]);
  // The format before "names" had one rule for each call; Docker refuses a rule with both.
  if (rule["name"] !== undefined) {
    if (names.length > 0) reader.fail([...path, "name"], 'a rule has either "name" or "names"');
    names.push(reader.string(rule["name"], [...path, "name"]));
  }
  const errnoRet = readErrno(reader, { code: rule["errnoRet"], name: rule["errno"] }, [...path, "errnoRet"]);
  const args = reader
    .list(rule["args"], [...path, "args"])
    .map((item, place) => readArg(reader, item, [...path, "args", place]));
  const includes = readFilter(reader, rule["includes"], [...path, "includes"]);
  const excludes = readFilter(reader, rule["excludes"], [...path, "excludes"]);
  return {
    names,
    action: reader.oneOf(rule["action"], ACTIONS, [...path, "action"]),
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args.length === 0 ? {} : { args }),
    ...(includes === undefined ? {} : { includes }),
    ...(excludes === undefined ? {} : { excludes }),
  };
}

function readArg(reader: Reader, value: unknown, path: Path): SpecSeccompArg {
  const arg = reader.object(value, path, ["index", "value", "valueTwo", "op"]);
  const index = reader.integer(arg["index"], [...path, "index"]);
  if (index > 5) reader.fail([...path, "index"], `a system call has arguments 0 to 5, not ${index}`);
  return {
    index,
    value: reader.integer(arg["value"], [...path, "value"]),
    ...(arg["valueTwo"] === undefined ? {} : { valueTwo: reader.integer(arg["valueTwo"], [...path, "valueTwo"]) }),
    op: reader.oneOf(arg["op"], OPERATORS, [...path, "op"]),
  };
}

function readFilter(reader: Reader, value: unknown, path: Path): RuleFilter | undefined {
  if (value === undefined || value === null) return undefined;
  const filter = reader.object(value, path, ["caps", "arches", "minKernel"]);
  const caps = reader.strings(filter["caps"], [...path, "caps"]).map((name, index) => {
    try {
      return parseCapability(name);
    } catch (error) {
      return reader.fail([...path, "caps", index], `unknown capability "${name}"`, error);
    }
  });
  const arches = reader.strings(filter["arches"], [...path, "arches"]);
  const minKernel = filter["minKernel"];
  if (minKernel === undefined) return { caps, arches };
  const version = reader.string(minKernel, [...path, "minKernel"]);
  if (!/^\d+\.\d+$/.test(version))
    reader.fail([...path, "minKernel"], `"${version}" is not a kernel version such as "4.8"`);
  return { caps, arches, minKernel: version };
}

/** `errno: "ENOSYS"` is Podman's way of writing `errnoRet: 38`; where both stand, the name counts, as there. */
function readErrno(reader: Reader, { code, name }: { code: unknown; name: unknown }, path: Path): number | undefined {
  if (name !== undefined && name !== "") {
    const word = reader.string(name, path);
    const number: number | undefined = new Map<string, number>(Object.entries(constants.errno)).get(word);
    return number ?? reader.fail(path, `unknown errno "${word}"`);
  }
  return code === undefined || code === null ? undefined : reader.integer(code, path);
}

/** Narrows JSON values; each complaint names the place in the file. */
class Reader {
  readonly source: JsonSource;

  constructor(source: JsonSource) {
    this.source = source;
  }

  fail(path: Path, problem: string, cause?: unknown): never {
    throw new EstibaError("invalid", {
      reason: "seccomp.profile",
      what: `${this.source.place(path)}: ${problem}`,
      cause,
      fix: "correct the seccomp profile there",
    });
  }

  object(value: unknown, path: Path, keys: readonly string[]): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.fail(path, "expected an object");
    // A misspelled "includes" would silently widen the profile.
    const unknown = Object.keys(value).find((key) => !keys.includes(key) && !COMMENT_KEYS.includes(key));
    if (unknown !== undefined) {
      const close = nearest(unknown, keys);
      this.fail(
        [...path, unknown],
        `unknown key "${unknown}"${close === undefined ? "" : `, did you mean "${close}"?`}`,
      );
    }
    return Object.fromEntries(Object.entries(value));
  }

  list(value: unknown, path: Path): unknown[] {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : this.fail(path, "expected a list");
  }

  strings(value: unknown, path: Path): string[] {
    return this.list(value, path).map((item, index) => this.string(item, [...path, index]));
  }

  string(value: unknown, path: Path): string {
    return typeof value === "string" ? value : this.fail(path, "expected a string");
  }

  integer(value: unknown, path: Path): number {
    const fits = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
    return fits ? value : this.fail(path, "expected a whole number from 0 to 9007199254740991");
  }

  oneOf<T extends string>(value: unknown, allowed: readonly T[], path: Path): T {
    const found = allowed.find((word) => word === value);
    return found ?? this.fail(path, `expected one of ${allowed.join(", ")}`);
  }
}
