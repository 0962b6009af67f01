import { join } from "node:path";
import { gather } from "./bundle/gather.ts";
import { quickModules, requireQuick } from "./bundle/quick.ts";
import { USUAL_WAYS } from "./bundle/usual-ways.ts";

// bundle.ts FOLDER VERSION: writes what src/main.ts loads into FOLDER, as modules that `bun build --compile` takes in. Run by the set-up.
const [folder = "", version = ""] = process.argv.slice(2);

const built = await Bun.build({
  entrypoints: ["src/main.ts"],
  target: "bun",
  format: "esm",
  splitting: true,
  minify: true,
  metafile: true,
  plugins: [quickModules],
  define: { ESTIBA_VERSION: JSON.stringify(version) },
});
const texts = await Promise.all(built.outputs.map(async (output) => [output.path, await output.text()] as const));
const chunks = await gather({ outputs: built.metafile?.outputs ?? {}, texts: new Map(texts), ways: USUAL_WAYS });
requireQuick(chunks);
await Promise.all([...chunks].map(async ([name, text]) => await Bun.write(join(folder, name), text)));
