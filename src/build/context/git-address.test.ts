import { expect, test } from "bun:test";
import { parseGitAddress } from "./git-address.ts";

test("the forms of git addresses that builders take, and nothing else", () => {
  const shown = (text: string) => {
    const found = parseGitAddress(text);
    return found === undefined ? undefined : [found.url, found.ref, found.folder];
  };
  expect(shown("https://host/a.git")).toEqual(["https://host/a.git", undefined, ""]);
  expect(shown("https://host/a.git#v1:sub/dir")).toEqual(["https://host/a.git", "v1", "sub/dir"]);
  expect(shown("https://host/a.git#:sub")).toEqual(["https://host/a.git", undefined, "sub"]);
  expect(shown("git@host:me/a.git#main")).toEqual(["git@host:me/a.git", "main", ""]);
  expect(shown("github.com/me/a")).toEqual(["https://github.com/me/a", undefined, ""]);
  expect(shown("file:///srv/a?tag=v2&subdir=x")).toEqual(["file:///srv/a", "refs/tags/v2", "x"]);
  for (const text of ["https://host/a.tar", "folder", "-", "./a.git", "http://host/a.git/x"])
    expect(shown(text)).toBeUndefined();
});

test("the query names commit, submodules and .git; what git would take for an option is refused", () => {
  expect(parseGitAddress("https://h/a.git?commit=0123abcd&submodules=false&keep-git-dir=1")).toMatchObject({
    commit: "0123abcd",
    submodules: false,
    keepGitDir: true,
  });
  for (const text of ["https://h/a.git#--upload-pack=x", "https://h/a.git?commit=xyz", "https://h/a.git?what=1"])
    expect(() => parseGitAddress(text)).toThrow("is no address of a git repository");
});
