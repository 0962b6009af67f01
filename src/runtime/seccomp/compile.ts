import type { LibSeccomp, SeccompComparison, SeccompFilter } from "../../host/libseccomp.ts";
import { EstibaError } from "../../lib/error.ts";
import type {
  SpecSeccomp,
  SpecSeccompAction,
  SpecSeccompArg,
  SpecSeccompOperator,
  SpecSeccompRule,
} from "../../oci/runtime-spec.ts";
import { enosysStub } from "./bpf-stub.ts";

const EPERM = 1;
const ENOSYS = 38;
/** struct sock_filter. */
const INSTRUCTION_BYTES = 8;
/** linux/bpf_common.h: BPF_MAXINSNS. */
const MAX_INSTRUCTIONS = 4096;
/**
 * Compiles a resolved profile to struct sock_filter in the byte order of this machine. Calls that the installed libseccomp does not know
 * are left out, as runc and crun do. Throws `invalid` where libseccomp refuses a rule or the filter is too long for the kernel.
 */
export function compile(library: LibSeccomp, spec: SpecSeccomp): Buffer {
  const architectures = (spec.architectures ?? [nativeArchitecture()]).map((name) => architectureToken(library, name));
  using filter = library.filter(actionNumber(spec.defaultAction, spec.defaultErrnoRet));
  for (const token of architectures) filter.addArchitecture(token);
  for (const rule of spec.syscalls ?? []) addRule(filter, rule, spec);
  const body = filter.export();
  const bytes = Buffer.concat([stubFor(library, spec, architectures), body]);
  if (bytes.length / INSTRUCTION_BYTES > MAX_INSTRUCTIONS) {
    throw new EstibaError("invalid", {
      reason: "seccomp.too_long",
      what: `the seccomp profile makes ${bytes.length / INSTRUCTION_BYTES} instructions, the kernel takes ${MAX_INSTRUCTIONS}`,
      fix: "name fewer architectures or fewer conditions on arguments",
    });
  }
  return bytes;
}

function nativeArchitecture(): string {
  return process.arch === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
}

function architectureToken(library: LibSeccomp, name: string): number {
  const token = library.architecture(name.replace(/^SCMP_ARCH_/, "").toLowerCase());
  if (token !== 0) return token;
  throw new EstibaError("invalid", {
    reason: "seccomp.architecture",
    what: `unknown architecture "${name}" in the seccomp profile`,
    fix: "use names such as SCMP_ARCH_X86_64",
  });
}

const ACTIONS = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
} as const satisfies Record<SpecSeccompAction, number>;

function actionNumber(action: SpecSeccompAction, errno: number | undefined): number {
  const takesErrno = action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
  if (takesErrno) return ACTIONS[action] + ((errno ?? EPERM) & 0xffff);
  if (errno === undefined) return ACTIONS[action];
  throw new EstibaError("invalid", {
    reason: "seccomp.errno",
    what: `the seccomp profile gives errno ${errno} to ${action}, which returns none`,
    fix: "use SCMP_ACT_ERRNO there, or leave the errno out",
  });
}

const OPERATORS = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
} as const satisfies Record<SpecSeccompOperator, number>;

function addRule(filter: SeccompFilter, rule: SpecSeccompRule, spec: SpecSeccomp): void {
  const action = actionNumber(rule.action, rule.errnoRet);
  // libseccomp refuses rules that only repeat the default.
  if (action === actionNumber(spec.defaultAction, spec.defaultErrnoRet)) return;
  const alternatives = conditionsOf(rule.args ?? []);
  for (const name of rule.names) {
    for (const conditions of alternatives) filter.addRule(action, name, conditions);
  }
}

/** Conditions of one rule hold together, unless one argument occurs twice: then each alone is enough (runc, crun and Docker agree on it). */
function conditionsOf(args: readonly SpecSeccompArg[]): SeccompComparison[][] {
  const conditions = args.map(({ index, value, valueTwo, op }) => ({
    index,
    op: OPERATORS[op],
    a: BigInt(value),
    b: BigInt(valueTwo ?? 0),
  }));
  const repeated = new Set(args.map(({ index }) => index)).size < args.length;
  return repeated ? conditions.map((condition) => [condition]) : [conditions];
}

function stubFor(library: LibSeccomp, spec: SpecSeccomp, architectures: readonly number[]): Uint8Array {
  const permissive = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"].includes(spec.defaultAction);
  if (permissive || spec.defaultErrnoRet === ENOSYS) return new Uint8Array();
  const names = (spec.syscalls ?? []).flatMap((rule) => rule.names);
  const lastCalls = architectures.map((token) => ({
    token,
    // x32 numbers carry a bit that belongs to the number for the comparison; pseudo calls are negative.
    number: names.reduce((last, name) => Math.max(last, library.syscallNumber(token, name)), 0),
  }));
  return enosysStub(lastCalls.filter(({ number }) => number > 0));
}
