const HTML: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "'": "&#39;",
  '"': "&#34;",
  "\0": "\uFFFD",
};

/** template.HTMLEscapeString. */
export function escapeHtml(value: string): string {
  return value.replace(/[<>&'"\0]/g, (character) => HTML[character] ?? character);
}

/** template.JSEscapeString. */
export function escapeScript(value: string): string {
  return value.replace(/[\\'"<>&=\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === "\\" || character === "'" || character === '"') return `\\${character}`;
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/** url.QueryEscape. */
export function escapeQuery(value: string): string {
  const encoded = encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return encoded.replaceAll("%20", "+");
}
