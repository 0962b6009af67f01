import { EstibaError } from "./error.ts";

const MAGIC = 0xed0cdaed;
const PAGE_HEADER = 16;
const BRANCH = 0x01;
const LEAF = 0x02;
const IS_BUCKET = 0x01;
const MAX_DEPTH = 64;

/** What a bucket holds, by key: bytes, or a bucket. */
export type BoltBucket = ReadonlyMap<string, Uint8Array | (() => BoltBucket)>;

/**
 * Reads the root bucket of a Bolt database (go.etcd.io/bbolt) from the bytes of its file; inner buckets are read when they are called for.
 * The last transaction that is whole counts. Throws `corrupt`.
 */
export function readBolt(bytes: Uint8Array): BoltBucket {
  const file = new BoltFile(bytes);
  return file.bucket(file.rootPage());
}

class BoltFile {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #pageSize = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Two pages tell the state of the last two transactions; the later one counts. */
  rootPage(): number {
    return this.#guarded(() => {
      if (this.#view.getUint32(PAGE_HEADER, true) !== MAGIC) throw damaged();
      this.#pageSize = this.#view.getUint32(PAGE_HEADER + 8, true);
      const metas = [0, this.#pageSize].filter((at) => this.#view.getUint32(at + PAGE_HEADER, true) === MAGIC);
      const [last = 0] = metas.toSorted((a, b) => Number(this.#transaction(b) - this.#transaction(a)));
      return this.#number(last + PAGE_HEADER + 16);
    });
  }

  /** The bucket whose tree begins at a page. */
  bucket(page: number): BoltBucket {
    const found = new Map<string, Uint8Array | (() => BoltBucket)>();
    this.#guarded(() => this.#walk(page * this.#pageSize, found, 0));
    return found;
  }

  #walk(at: number, found: Map<string, Uint8Array | (() => BoltBucket)>, depth: number): void {
    if (depth > MAX_DEPTH) throw damaged();
    const flags = this.#view.getUint16(at + 8, true);
    const count = this.#view.getUint16(at + 10, true);
    for (let index = 0; index < count; index++) {
      const element = at + PAGE_HEADER + index * 16;
      if (flags === BRANCH) this.#walk(this.#number(element + 8) * this.#pageSize, found, depth + 1);
      else if (flags === LEAF) this.#leaf(element, found);
      else throw damaged();
    }
  }

  #leaf(element: number, found: Map<string, Uint8Array | (() => BoltBucket)>): void {
    const [flags, position, keySize, valueSize] = [0, 4, 8, 12].map((at) =>
      this.#view.getUint32(element + at, true),
    ) as [number, number, number, number];
    const key = element + position;
    const value = key + keySize;
    const name = new TextDecoder().decode(this.#slice(key, keySize));
    if ((flags & IS_BUCKET) === 0) found.set(name, this.#slice(value, valueSize));
    else found.set(name, () => this.#inner(value));
  }

  /** A small bucket lies in its parent's value, behind the 16 bytes that would tell its page. */
  #inner(value: number): BoltBucket {
    return this.#guarded(() => {
      const page = this.#number(value);
      if (page !== 0) return this.bucket(page);
      const found = new Map<string, Uint8Array | (() => BoltBucket)>();
      this.#walk(value + 16, found, 0);
      return found;
    });
  }

  #transaction(meta: number): bigint {
    return this.#view.getBigUint64(meta + PAGE_HEADER + 48, true);
  }

  #number(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  #slice(start: number, length: number): Uint8Array {
    if (start + length > this.#bytes.byteLength) throw damaged();
    return this.#bytes.subarray(start, start + length);
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      // A place outside of the file.
      if (error instanceof RangeError) throw damaged(error);
      throw error;
    }
  }
}

function damaged(cause?: unknown): EstibaError {
  return new EstibaError("corrupt", { reason: "bolt.damaged", what: "the Bolt database is damaged", cause });
}
