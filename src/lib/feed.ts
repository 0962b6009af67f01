/** Writes a stream into a child's stdin, as fast as it reads, and closes it. Throws EPIPE where the child does not read on. */
export async function feed(source: AsyncIterable<Uint8Array>, sink: Bun.FileSink): Promise<void> {
  try {
    for await (const chunk of source) {
      await sink.write(chunk);
      await sink.flush();
    }
  } finally {
    await sink.end();
  }
}
