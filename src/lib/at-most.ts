/**
 * `work`, of which at most `limit` calls are under way at once; the others wait for their turn, in order. A failure is its caller's alone.
 */
export function atMost<Item, Result>(
  limit: number,
  work: (item: Item) => Promise<Result>,
): (item: Item) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (item) => {
    // Who ends hands its turn on, so that nobody who comes just then is before those who wait.
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work(item);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
