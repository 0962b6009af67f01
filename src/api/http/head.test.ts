import { expect, test } from "bun:test";
import { hijacksSilently, mayBeRequest, peekHead } from "./head.ts";

function head(text: string) {
  return peekHead(Buffer.from(text));
}

test("a head is read when all of it is there", () => {
  expect(head("POST /x HTTP/1.1\r\nHost: d\r\n")).toBe("incomplete");
  expect(head("POST /x?a=b HTTP/1.1\r\nHost: d\r\nX-Y:  z \r\n\r\nbody")).toEqual({
    method: "POST",
    target: "/x?a=b",
    headers: { host: "d", "x-y": "z" },
    length: 43,
  });
});

test("what is no request is left to the parser of requests, which refuses it", () => {
  for (const text of [
    "POST /x HTTP/9.9\r\n\r\n",
    "post /x HTTP/1.1\r\n\r\n",
    "POST  /x HTTP/1.1\r\n\r\n",
    "\0\0\r\n\r\n",
  ])
    expect(head(text)).toBeUndefined();
});

test("attach and exec start hijack without Upgrade; with it, with a chunked body, and all other paths do not", () => {
  const silent = (line: string, more = ""): boolean => {
    const found = head(`${line} HTTP/1.1\r\nHost: d\r\n${more}\r\n`);
    return typeof found === "object" && hijacksSilently(found);
  };
  expect(silent("POST /containers/x/attach?stream=1")).toBe(true);
  expect(silent("POST /v1.41/exec/abc/start", "Content-Length: 2\r\n")).toBe(true);
  expect(silent("POST /v4.3.1/libpod/exec/abc/start")).toBe(true);
  expect(silent("POST /containers/x/attach", "Connection: Upgrade\r\nUpgrade: tcp\r\n")).toBe(false);
  expect(silent("POST /exec/abc/start", "Transfer-Encoding: chunked\r\n")).toBe(false);
  expect(silent("POST /exec/abc/start", "Expect: 100-continue\r\n")).toBe(false);
  expect(silent("GET /containers/x/attach/ws")).toBe(false);
  expect(silent("POST /containers/x/start")).toBe(false);
});

test("what may be the beginning of a head is waited for, what cannot is not", () => {
  for (const text of ["", "G", "GET", "GET /", "GET /x HTTP/1.1\r\n", "POST /y HTTP/1.0\r\nHost: "])
    expect({ text, may: mayBeRequest(Buffer.from(text)) }).toEqual({ text, may: true });
  for (const text of ["\0", "get /", "GET\r\n", "GET /x HTTP/1.1\n", "GET /x HTTP/9.9\r\n", "\u0016\u0003\u0001"])
    expect({ text, may: mayBeRequest(Buffer.from(text)) }).toEqual({ text, may: false });
});
