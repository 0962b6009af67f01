/**
 * A static x86-64 program, written byte by byte, that makes each of the given system calls once and writes the raw results to stdout as
 * 64-bit numbers. It needs no compiler, no libraries and no files in the container, and makes no other call but write and exit.
 */
export function probeProgram(calls: readonly (readonly bigint[])[]): Uint8Array {
  const code: number[] = [];
  const base = 0x400000n;
  const headers = 64 + 56;
  const results = base + 0x100000n;
  // rax, rdi, rsi, rdx, r10, r8, r9: mov register, imm64
  const registers = [
    [0x48, 0xb8],
    [0x48, 0xbf],
    [0x48, 0xbe],
    [0x48, 0xba],
    [0x49, 0xba],
    [0x49, 0xb8],
    [0x49, 0xb9],
  ];
  const call = (values: readonly bigint[]): void => {
    for (const [place, register] of registers.entries()) code.push(...register, ...bytes(values[place] ?? 0n, 8));
    code.push(0x0f, 0x05);
  };
  for (const [place, values] of calls.entries()) {
    call(values);
    // mov [address], rax
    code.push(0x48, 0xa3, ...bytes(results + BigInt(place * 8), 8));
  }
  call([1n, 1n, results, BigInt(calls.length * 8)]);
  call([231n, 0n]);
  const file = [
    // ELF header: 64-bit, little-endian, ET_EXEC, EM_X86_64
    ...bytes(0x0001_0102_464c_457fn, 16),
    ...field([2n, 2], [62n, 2], [1n, 4], [base + BigInt(headers), 8], [64n, 8], [0n, 8], [0n, 4]),
    ...[64n, 56n, 1n, 64n, 0n, 0n].flatMap((value) => bytes(value, 2)),
    // One segment, readable, writable and executable, with room for the results
    ...field([1n, 4], [7n, 4], [0n, 8], [base, 8], [base, 8]),
    ...field([BigInt(headers + code.length), 8], [0x101000n, 8], [0x1000n, 8]),
    ...code,
  ];
  return Uint8Array.from(file);
}

/** The results that a probe wrote: what the calls returned, or minus errno. */
export function probeResults(output: Uint8Array): number[] {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  return Array.from({ length: output.byteLength / 8 }, (_, place) => Number(view.getBigInt64(place * 8, true)));
}

function field(...values: readonly (readonly [bigint, number])[]): number[] {
  return values.flatMap(([value, count]) => bytes(value, count));
}

function bytes(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, place) => Number((value >> BigInt(place * 8)) & 0xffn));
}
