/** The largest number of a call that a filter names, for one architecture of libseccomp. */
export type LastCall = { readonly token: number; readonly number: number };

/** `SCMP_ARCH_X32`: not an audit architecture of its own, but x86_64 with a bit in the call's number. */
const X32_TOKEN = 0x4000003e;
const X86_64_TOKEN = 0xc000003e;
const X32_BIT = 0x40000000;

// linux/bpf_common.h
const LOAD_WORD = 0x20;
const JUMP = 0x05;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER = 0x25;
const JUMP_BITS = 0x45;
const RETURN = 0x06;
// struct seccomp_data
const OFFSET_NUMBER = 0;
const OFFSET_ARCHITECTURE = 4;
const RETURN_ENOSYS = 0x00050000 | 38;

type Instruction = { code: number; k: number; whenTrue?: number; whenFalse?: number };

/**
 * A program to put before a filter whose default is to refuse: calls beyond the last one that the filter names fail with ENOSYS, all
 * others go on into the filter. Programs then fall back to an older call, as they do on an older kernel; EPERM would break them. runc
 * does the same with every profile; crun does not.
 */
export function enosysStub(lastCalls: readonly LastCall[]): Uint8Array {
  const native = new Map<number, { plain?: number; x32?: number }>();
  for (const { token, number } of lastCalls) {
    const key = token === X32_TOKEN ? X86_64_TOKEN : token;
    native.set(key, { ...native.get(key), ...(token === X32_TOKEN ? { x32: number } : { plain: number }) });
  }
  const sections = [...native].map(([architecture, last]) => ({ architecture, body: section(architecture, last) }));
  // [load architecture] [one test each] [leave] [sections...] [return ENOSYS], then the filter
  const head = 2 + sections.length;
  const total = sections.reduce((sum, { body }) => sum + body.length, head) + 1;
  const program: Instruction[] = [{ code: LOAD_WORD, k: OFFSET_ARCHITECTURE }];
  let start = head;
  for (const { architecture, body } of sections) {
    program.push({ code: JUMP_EQUAL, k: architecture, whenTrue: start - program.length - 1 });
    start += body.length;
  }
  program.push({ code: JUMP, k: total - program.length - 1 });
  for (const { body } of sections) {
    for (const { exit, ...instruction } of body) {
      const here = program.length;
      if (exit === "filter") program.push({ ...instruction, k: total - here - 1 });
      else if (exit === "enosys") program.push({ ...instruction, whenTrue: total - 1 - here - 1 });
      else program.push(instruction);
    }
  }
  program.push({ code: RETURN, k: RETURN_ENOSYS });
  return assemble(program);
}

type Step = Instruction & { exit?: "filter" | "enosys" };

function section(architecture: number, { plain, x32 }: { plain?: number; x32?: number }): Step[] {
  const toFilter: Step = { code: JUMP, k: 0, exit: "filter" };
  const limit = (number: number | undefined): Step[] =>
    number === undefined ? [] : [{ code: JUMP_GREATER, k: number, exit: "enosys" }];
  const load: Step = { code: LOAD_WORD, k: OFFSET_NUMBER };
  if (architecture !== X86_64_TOKEN) return [load, ...limit(plain), toFilter];
  const plainPart = [...limit(plain), toFilter];
  return [load, { code: JUMP_BITS, k: X32_BIT, whenTrue: plainPart.length }, ...plainPart, ...limit(x32), toFilter];
}

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k; in the order of the machine, little-endian on all that Bun runs on. */
function assemble(program: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * 8));
  for (const [place, { code, k, whenTrue = 0, whenFalse = 0 }] of program.entries()) {
    view.setUint16(place * 8, code, true);
    view.setUint8(place * 8 + 2, whenTrue);
    view.setUint8(place * 8 + 3, whenFalse);
    view.setUint32(place * 8 + 4, k, true);
  }
  return new Uint8Array(view.buffer);
}
