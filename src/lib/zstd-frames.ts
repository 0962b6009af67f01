const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

type Step = "magic" | "skippable" | "descriptor" | "block";

/**
 * Follows the frames and blocks of a zstd stream (RFC 8878, 3.1) without unpacking them, to tell whether it ends where a frame ends: the
 * platform's unpacker takes a stream that is cut off for a whole one.
 */
export class ZstdFrames {
  #step: Step = "magic";
  #wanted = 4;
  #head: number[] = [];
  #skip = 0;
  #checksum = false;
  #broken = false;

  /** True between frames; what follows no frame's grammar never is. */
  get complete(): boolean {
    return !this.#broken && this.#step === "magic" && this.#head.length === 0 && this.#skip === 0;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#broken; ) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      this.#head.push(bytes[at++] ?? 0);
      if (this.#head.length < this.#wanted) continue;
      const head = Buffer.from(this.#head);
      this.#head = [];
      this.#advance(head);
    }
  }

  #advance(head: Buffer): void {
    switch (this.#step) {
      case "magic": {
        const magic = head.readUInt32LE(0);
        if (magic === FRAME_MAGIC) this.#expect("descriptor", 1);
        else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) this.#expect("skippable", 4);
        else this.#broken = true;
        return;
      }
      case "skippable":
        this.#skip = head.readUInt32LE(0);
        this.#expect("magic", 4);
        return;
      case "descriptor": {
        const flags = head[0] ?? 0;
        const single = (flags & 0x20) !== 0;
        const contentSize = CONTENT_SIZE_BYTES[(flags >> 6) as 0 | 1 | 2 | 3];
        this.#checksum = (flags & 0x04) !== 0;
        this.#skip =
          (single ? Math.max(1, contentSize) : 1 + contentSize) + DICTIONARY_ID_BYTES[(flags & 3) as 0 | 1 | 2 | 3];
        this.#expect("block", 3);
        return;
      }
      case "block":
        this.#block(head.readUIntLE(0, 3));
        return;
    }
  }

  #block(header: number): void {
    const type = (header >> 1) & 3;
    const isRepeat = type === 1;
    this.#broken = type === 3;
    this.#skip = isRepeat ? 1 : header >> 3;
    if ((header & 1) === 0) return;
    if (this.#checksum) this.#skip += 4;
    this.#expect("magic", 4);
  }

  #expect(step: Step, wanted: number): void {
    this.#step = step;
    this.#wanted = wanted;
  }
}
