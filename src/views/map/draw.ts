/** The little of SVG that the picture needs. Every text is escaped: names come from users. */

export type Place = { readonly x: number; readonly y: number };
type Area = Place & { readonly width: number; readonly height: number };

const STYLE =
  "text{font:12px sans-serif;fill:#222}.b{font-weight:bold;font-size:14px}.s{font-size:10px;fill:#555}.w{font-size:9px;fill:#fff}" +
  ".page{fill:#fff}.pod{fill:#f4f6fb;stroke:#4269d0}.alone{fill:#fafafa;stroke:#bbb}.card{fill:#fff;stroke:#bbb}.bar{fill:#e4e7ee}";

/** A whole document of what was drawn. */
export function svgDocument({ width, height }: Omit<Area, "x" | "y">, parts: readonly string[]): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size}>`,
    `<style>${STYLE}</style>`,
    rect({ x: 0, y: 0, width, height }, "page"),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

export function rect({ x, y, width, height }: Area, style: string, title = ""): string {
  const shape = `<rect x="${x}" y="${y}" width="${round(width)}" height="${height}" rx="4" class="${style}"`;
  return title === "" ? `${shape}/>` : `${shape}><title>${escape(title)}</title></rect>`;
}

/** A rectangle in a colour of its own. */
export function box({ x, y, width, height }: Area, colour: string, title = ""): string {
  const shape = `<rect x="${x}" y="${y}" width="${round(width)}" height="${height}" rx="3" fill="${colour}"`;
  return `${shape}><title>${escape(title)}</title></rect>`;
}

/** `title` is what one sees who points at it. */
export function text({ x, y }: Place, content: string, style = "", title = ""): string {
  const whole = title === "" ? "" : `<title>${escape(title)}</title>`;
  return `<text x="${x}" y="${y}"${style === "" ? "" : ` class="${style}"`}>${escape(content)}${whole}</text>`;
}

/** A text of at most so many characters; the rest is seen by who points at it. */
export function cutText(place: Place, content: string, most: number, style = ""): string {
  if (content.length <= most) return text(place, content, style);
  return text(place, `${content.slice(0, most - 1)}…`, style, content);
}

export function circle({ x, y }: Place, colour: string, title: string): string {
  return `<circle cx="${x}" cy="${y}" r="5" fill="${colour}"><title>${escape(title)}</title></circle>`;
}

/** Through places from left to right, bent between the first two, the next two and so on, with a head at the end. */
export function arrow(places: readonly Place[], title: string): string {
  const end = places.at(-1) ?? { x: 0, y: 0 };
  const points = [...places.slice(0, -1), { x: end.x - 6, y: end.y }];
  const curve = points.map(({ x, y }, index) => {
    const before = points[index - 1];
    if (before === undefined) return `M${round(x)} ${y}`;
    const middle = round((before.x + x) / 2);
    return `C${middle} ${before.y} ${middle} ${y} ${round(x)} ${y}`;
  });
  const head = `M${round(end.x - 7)} ${end.y - 4} L${round(end.x)} ${end.y} L${round(end.x - 7)} ${end.y + 4} Z`;
  const whole = `<path d="${curve.join(" ")}" fill="none" stroke="#888"/><path d="${head}" fill="#888"/>`;
  return `<g>${whole}<title>${escape(title)}</title></g>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

// Characters that XML does not allow at all are shown as what they are: unknown. A picture has no lines of text to break.
function escape(content: string): string {
  return content
    .replaceAll(/[\p{Cc}\uFFFE\uFFFF]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
