// `npm run check`: types, lint, format, dead code, floors and sizes; exit code 1 when one of them finds something.
import { runChecks } from "./checks.ts";

const results = await runChecks({ withTests: true });
process.exit(results.every(({ passed }) => passed) ? 0 : 1);
