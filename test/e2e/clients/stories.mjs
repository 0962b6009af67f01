/** Runs all stories side by side, and says on a line of JSON how each went: `{"story","error"}`. Then it ends, whatever a library still holds. */
export async function tellStories(stories) {
  // testcontainers does not count its log streams as work: without any other, Node would end in the midst of one.
  setInterval(() => undefined, 1000);
  await Promise.all(
    Object.entries(stories).map(async ([story, tell]) => {
      const error = await tell().then(
        () => undefined,
        (reason) => reason?.stack ?? String(reason),
      );
      process.stdout.write(`${JSON.stringify({ story, error })}\n`);
    }),
  );
  process.exit(0);
}
