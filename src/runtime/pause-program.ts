import { EstibaError } from "../lib/error.ts";

/**
 * The first process of an infra container, of a few hundred bytes, assembled by hand from what stands beside it here: it holds namespaces,
 * takes away ended processes where it is the first one of a shared pid namespace, and ends at once, with 0, when it is asked to.
 *
 *   rt_sigprocmask(SIG_BLOCK, {HUP, INT, TERM, CHLD})      blocked signals reach even the first process of a namespace
 *   wait: signal = rt_sigtimedwait({HUP, INT, TERM, CHLD})
 *         if signal == CHLD: while wait4(-1, 0, WNOHANG) > 0; goto wait
 *         if signal < 0: goto wait
 *         exit_group(0)
 */
const CODE: Readonly<Record<string, { readonly machine: number; readonly hex: string }>> = {
  amd64: {
    machine: 62,
    hex:
      "31ff488d355700000031d241ba08000000b80e0000000f05488d3d4100000031f631d241ba08000000b8800000000f0583f811740d" +
      "85c078df31ffb8e70000000f0583cfff31f6ba010000004531d2b83d0000000f0585c07fe8ebbc0f1f40000340010000000000",
  },
  arm64: {
    machine: 183,
    hex:
      "000080d261030010020080d2030180d2e81080d2010000d4c0020010010080d2020080d2030180d2281180d2010000d41f440071a0" +
      "00005400ffff37000080d2c80b80d2010000d400008092010080d2220080d2030080d2882080d2010000d41f0000712cffff54ec" +
      "ffff171f2003d50340010000000000",
  },
};

const BASE = 0x40_0000n;
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;

/** The program as an ELF file for an architecture (of images). Throws `unsupported` for one that it was not written for. */
export function pauseProgram(architecture: string): Uint8Array {
  const known = CODE[architecture];
  if (known === undefined) {
    throw new EstibaError("unsupported", {
      reason: "pod.no_pause_program",
      what: `there is no program to hold a pod's namespaces for ${architecture}`,
      fix: "name an image whose command waits: --infra-image IMAGE; or share nothing: --infra=false",
    });
  }
  const code = Buffer.from(known.hex, "hex");
  const start = HEADER_BYTES + SEGMENT_BYTES;
  const file = Buffer.alloc(start + code.length);
  // e_ident: 64 bits, little-endian, version 1; then type EXEC, machine, version (elf(5)).
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(known.machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BASE + BigInt(start), 24);
  file.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  file.writeUInt16LE(HEADER_BYTES, 52);
  file.writeUInt16LE(SEGMENT_BYTES, 54);
  file.writeUInt16LE(1, 56);
  // One segment, to be read and executed: the whole file.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(BASE, 80);
  file.writeBigUInt64LE(BASE, 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(code, start);
  return file;
}
