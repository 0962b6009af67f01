const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

const PATTERN = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?\d+))$/;

/** Whether a text is a quantity of Kubernetes (its resource.Quantity). */
export function isQuantity(text: string): boolean {
  return PATTERN.test(text);
}

/** The number that a quantity means; NaN for what is none. */
export function quantityOf(text: string): number {
  const [, number, suffix = "", exponent] = PATTERN.exec(text) ?? [];
  if (number === undefined) return Number.NaN;
  return exponent === undefined ? Number(number) * (SUFFIXES[suffix] ?? 1) : Number(`${number}e${exponent}`);
}
