import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { layForHugePages } from "./bundle/huge-pages.ts";

// lay-out.ts BINARY: lays a compiled binary out for huge pages, and writes it in one piece: the kernel keeps a file in its cache in pieces as
// large as it was written in, and maps large ones with less work. Run by the set-up.
const [path = ""] = process.argv.slice(2);

const laid = layForHugePages(readFileSync(path));
rmSync(path);
writeFileSync(path, laid, { mode: 0o755 });
