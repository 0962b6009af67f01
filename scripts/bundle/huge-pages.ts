// A program is mapped by huge pages only where its segments lie in the file as they will lie in memory, counted from a multiple of such a
// page. The linker does not see to that: it saves the room in the file. See docs/adr/0026-no-compiling-and-few-page-faults.md.

/** The size in bytes of the smallest huge page of x86-64, and of arm64 with pages of 4 KiB. */
export const HUGE_PAGE: number = 2 << 20;

/** A part of the program that is loaded: the bytes of the file from `start` to `end`, at `address` in memory. */
export type Segment = { readonly start: number; readonly end: number; readonly address: number };

/** A segment and by how many bytes it moves in the file. */
type Move = Segment & { readonly by: number };

/** Offsets in ELF64's header and in its tables, in bytes (elf(5)). */
const FILE = {
  magic: 0,
  class: 4,
  data: 5,
  programs: { start: 32, size: 54, count: 56 },
  sections: { start: 40, size: 58, count: 60 },
};
const PROGRAM = { type: 0, offset: 8, address: 16, sizeInFile: 32, alignment: 48 };
const SECTION = { offset: 24 };
const ELF_MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const LOADED = 1;

/**
 * The same program with its segments moved apart in the file, by less than a huge page each. Addresses in memory stay as they are, so
 * nothing within the segments changes. Throws where it is not a 64-bit little-endian ELF file.
 */
export function layForHugePages(program: Uint8Array): Uint8Array {
  const moves = place(readSegments(program));
  const shift = (offset: number): number => moves.findLast(({ start }) => start <= offset)?.by ?? 0;
  const end = moves.at(-1)?.end ?? 0;
  // Filled, and not only asked for: the kernel writes on in small pieces once it meets a page that nobody has touched yet.
  const laid = new Uint8Array(program.length + shift(end)).fill(0);
  for (const { start, end: stop, by } of moves) laid.set(program.subarray(start, stop), start + by);
  laid.set(program.subarray(end), end + shift(end));
  writeTables(program, laid, shift);
  return laid;
}

/** What is loaded, in the order of the file. */
export function readSegments(program: Uint8Array): Segment[] {
  const view = viewOf(program);
  const isRead = view.getUint8(FILE.class) === CLASS_64 && view.getUint8(FILE.data) === LITTLE_ENDIAN;
  if (view.getUint32(FILE.magic) !== ELF_MAGIC || !isRead) throw new Error("no 64-bit little-endian ELF file");
  return entriesOf(view, FILE.programs)
    .filter((entry) => view.getUint32(entry + PROGRAM.type, true) === LOADED)
    .map((entry) => {
      const start = readOffset(view, entry + PROGRAM.offset);
      const end = start + readOffset(view, entry + PROGRAM.sizeInFile);
      return { start, end, address: readOffset(view, entry + PROGRAM.address) };
    })
    .sort((a, b) => a.start - b.start);
}

/** Each segment moves to the next offset that is its address, counted from a huge page. */
function place(segments: readonly Segment[]): Move[] {
  const moves: Move[] = [];
  for (const segment of segments) {
    const before = moves.at(-1)?.by ?? 0;
    const apart = (segment.address - (segment.start + before)) % HUGE_PAGE;
    moves.push({ ...segment, by: before + (apart < 0 ? apart + HUGE_PAGE : apart) });
  }
  return moves;
}

function writeTables(program: Uint8Array, laid: Uint8Array, shift: (offset: number) => number): void {
  const from = viewOf(program);
  const to = viewOf(laid);
  const move = (at: number, target: number): void => {
    const offset = readOffset(from, at);
    to.setBigUint64(target, BigInt(offset + shift(offset)), true);
  };
  move(FILE.sections.start, FILE.sections.start);
  for (const entry of entriesOf(from, FILE.programs)) {
    move(entry + PROGRAM.offset, entry + PROGRAM.offset);
    if (from.getUint32(entry + PROGRAM.type, true) === LOADED)
      to.setBigUint64(entry + PROGRAM.alignment, BigInt(HUGE_PAGE), true);
  }
  for (const entry of entriesOf(from, FILE.sections))
    move(entry + SECTION.offset, entry + shift(entry) + SECTION.offset);
}

function entriesOf(view: DataView, table: { start: number; size: number; count: number }): number[] {
  const first = readOffset(view, table.start);
  const bytes = view.getUint16(table.size, true);
  return Array.from({ length: view.getUint16(table.count, true) }, (_, index) => first + index * bytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readOffset(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
