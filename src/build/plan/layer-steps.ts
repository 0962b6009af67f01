import type { ProcessDefaults } from "../../oci/image-config.ts";
import type { Statement } from "../parse/instruction.ts";
import { syntaxError } from "../parse/source.ts";
import type { StageState, StepContext } from "./evaluate.ts";
import type { Replacer } from "./scope.ts";
import type { CopyStep, RunStep, WorkdirStep } from "./step.ts";

const DEFAULT_SHELL = ["/bin/sh", "-c"];

type Made<S> = S & { readonly createdBy: string };

/** RUN: the shell's words or the user's, with the arguments in scope as variables. */
export function runStep(
  statement: Statement & { kind: "run" },
  state: StageState,
  context: StepContext,
): Made<RunStep> {
  const { command, heredocs } = statement;
  const shell = shellOf(state.process);
  const [only] = heredocs;
  // A text below that is all there is: it is for the shell, or for the interpreter that it names.
  const whole = command.form === "shell" && only !== undefined && /^<<-?(['"]?)[^\s'"]+\1$/.test(command.text);
  const script = whole && only.body.startsWith("#!") ? only.body : undefined;
  const text = whole ? only.body : command.form === "shell" ? withBodies(command.text, heredocs) : "";
  const argv = command.form === "exec" ? command.argv : script === undefined ? [...shell, text] : [];
  const hidden = new Set(state.process.env.map((entry) => entry.slice(0, entry.indexOf("="))));
  const declared = [...state.args].flatMap(([name, value]) =>
    value === undefined || hidden.has(name) ? [] : [`${name}=${value}`],
  );
  const shown = command.form === "exec" ? command.argv.join(" ") : [...shell, whole ? text.trimEnd() : text].join(" ");
  const prefix = declared.length === 0 ? "" : `|${declared.length} ${declared.join(" ")} `;
  return {
    kind: "run",
    argv,
    script,
    env: [...state.process.env, ...declared],
    cwd: state.process.workingDir === "" ? "/" : state.process.workingDir,
    user: state.process.user,
    mounts: statement.mounts.map(context.replace.text),
    network: networkOf(statement.network, context),
    insecure: securityOf(statement.security, context),
    createdBy: `RUN ${prefix}${shown} # buildkit`,
  };
}

/** COPY and ADD: paths and owners with their variables replaced, the destination absolute. */
export function copyStep(
  statement: Statement & { kind: "copy" | "add" },
  state: StageState,
  { replace, scope, instruction }: StepContext,
): Made<CopyStep> {
  const sources = statement.sources.map(replace.text);
  const typed = replace.text(statement.destination);
  if (sources.length + statement.heredocs.length > 1 && !/(^|\/)\.?$/.test(typed)) {
    throw syntaxError(
      scope.source,
      instruction.placeOf(Math.max(0, instruction.text.lastIndexOf(statement.destination))),
      `When using ${statement.kind.toUpperCase()} with more than one source file, the destination must be a directory and end with a /`,
      { fix: `write ${typed}/` },
    );
  }
  const [from, checksum] = [
    statement.kind === "copy" ? statement.from : undefined,
    statement.kind === "add" ? statement.checksum : undefined,
  ];
  return {
    kind: statement.kind,
    from,
    sources,
    files: statement.heredocs.map(({ name, body, expand }) => ({ name, body: expand ? replace.body(body) : body })),
    destination: absolute(state.process.workingDir, typed),
    chown: statement.chown === undefined ? undefined : replace.text(statement.chown),
    chmod: statement.chmod === undefined ? undefined : replace.text(statement.chmod),
    link: statement.link,
    parents: statement.parents,
    exclude: statement.exclude.map(replace.text),
    checksum: checksum === undefined ? undefined : replace.text(checksum),
    keepGitDir: statement.kind === "add" && statement.keepGitDir,
    unpack: statement.kind === "add" ? statement.unpack : false,
    createdBy: `${instruction.text.replaceAll(/\s+/g, " ").trim()} # buildkit`,
  };
}

/** WORKDIR: the path from now on. */
export function workdirStep(
  text: string,
  state: StageState,
  replace: Replacer,
): Made<WorkdirStep> & { readonly process: ProcessDefaults } {
  const path = absolute(state.process.workingDir, replace.text(text)).replace(/(.)\/$/, "$1");
  const process = { ...state.process, workingDir: path };
  return { kind: "workdir", path, user: state.process.user, process, createdBy: `WORKDIR ${path}` };
}

/** The words that go before the text of a command in shell form. */
export function shellOf({ shell }: ProcessDefaults): readonly string[] {
  return shell.length === 0 ? DEFAULT_SHELL : shell;
}

/** A path seen from a working folder, without `.` and `..`; a slash at the end stays. */
function absolute(workingDir: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${workingDir}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const isFolder = /(^|\/)\.?\.?$/.test(path);
  return parts.length === 0 ? "/" : `/${parts.join("/")}${isFolder ? "/" : ""}`;
}

function withBodies(text: string, heredocs: readonly { readonly name: string; readonly body: string }[]): string {
  return [text, ...heredocs.map(({ name, body }) => `${body}${name}`)].join("\n");
}

function networkOf(value: string | undefined, { replace, scope, instruction }: StepContext): RunStep["network"] {
  const network = value === undefined ? "default" : replace.text(value);
  if (network === "default" || network === "none" || network === "host") return network;
  throw syntaxError(scope.source, instruction.placeOf(0), `unsupported network "${network}"`, {
    fix: "one of: default, none, host",
  });
}

function securityOf(value: string | undefined, { replace, scope, instruction }: StepContext): boolean {
  const security = value === undefined ? "sandbox" : replace.text(value);
  if (security === "sandbox") return false;
  if (security !== "insecure") {
    throw syntaxError(scope.source, instruction.placeOf(0), `unsupported security "${security}"`, {
      fix: "one of: sandbox, insecure",
    });
  }
  return true;
}
