import { existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { type IgnoreRules, NOTHING_IGNORED, parseIgnoreFile } from "../../build/context/ignore.ts";
import type { Source } from "../../build/parse/source.ts";
import { PROXY_NAMES } from "../../build/plan/scope.ts";
import type { BuildRequest } from "../../build/request.ts";
import { ownName } from "../../engine/find-image.ts";
import type { PullPolicy } from "../../engine/pull.ts";
import { EstibaError } from "../../lib/error.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { ulimitsOf } from "../container/options/ulimits.ts";
import { keyValues, present, sizeOf } from "../container/options/values.ts";
import type { Cli } from "../context.ts";
import { parseCredentials } from "../image/credentials.ts";
import type { BUILD_OPTIONS } from "./options.ts";
import { secretOf, socketOf } from "./secrets.ts";

type BuildValues = Values<typeof BUILD_OPTIONS>;

const PULL: Readonly<Record<string, PullPolicy>> = { true: "always", false: "missing" };

/** What the options ask for, checked. Throws `invalid` naming the option, `not_found` for a missing file. */
export async function buildRequest(
  values: BuildValues,
  context: string | undefined,
  { signal }: { cli: Cli; signal: AbortSignal },
): Promise<BuildRequest> {
  const folder = resolve(context ?? ".");
  if (!existsSync(folder)) throw noContext(context ?? ".");
  if (!statSync(folder).isDirectory()) throw badOption("CONTEXT", context ?? ".", "a folder");
  const file = await containerfileOf(values.file, folder);
  const pull = values.pull ?? "missing";
  const epoch = values.timestamp ?? epochOf(process.env["SOURCE_DATE_EPOCH"]);
  return {
    containerfile: file.source,
    context: folder,
    ignore: ignoreOf(values.ignorefile, folder, file.path),
    namedContexts: new Map(values["build-context"].map(namedContext)),
    target: values.target,
    names: values.tag.map(ownName),
    buildArguments: new Map(values["build-arg"].flatMap(buildArgument)),
    labels: keyValues("--label", values.label),
    format: values.format === "docker" ? "docker" : "oci",
    useCache: !values["no-cache"],
    noCacheStages: values["no-cache-filter"].flatMap((text) => text.split(",")),
    pull: PULL[pull] ?? (pull as PullPolicy),
    registry: {
      credentials: parseCredentials(values.creds),
      authFile: values.authfile,
      certFolder: values["cert-dir"],
      verifyTls: values["tls-verify"] ? undefined : false,
    },
    secrets: { secrets: new Map(values.secret.map(secretOf)), sockets: new Map(values.ssh.map(socketOf)) },
    timestamp: epoch,
    jobs: values.jobs ?? availableParallelism(),
    ...settingsOf(values),
    signal,
  };
}

function settingsOf(values: BuildValues): Pick<BuildRequest, "settings" | "allowInsecure" | "allowHostNetwork"> {
  const { network, allow } = values;
  const unknown = allow.find((right) => !["security.insecure", "network.host"].includes(right));
  if (unknown !== undefined) throw badOption("--allow", unknown, "security.insecure or network.host");
  return {
    settings: {
      addHosts: values["add-host"],
      dns: values.dns,
      dnsSearch: values["dns-search"],
      dnsOptions: values["dns-option"],
      resources: present({
        memoryBytes: sizeOf("--memory", values.memory),
        cpuShares: values["cpu-shares"],
        shmBytes: sizeOf("--shm-size", values["shm-size"]),
      }),
      ulimits: ulimitsOf(values.ulimit),
      proxies: PROXY_NAMES.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [`${name}=${value}`];
      }),
      network: network === "none" || network === "host" ? network : "bridge",
    },
    allowInsecure: allow.includes("security.insecure"),
    allowHostNetwork: allow.includes("network.host") || network === "host",
  };
}

async function containerfileOf(
  named: string | undefined,
  folder: string,
): Promise<{ source: Source; path: string | undefined }> {
  if (named === "-") return { source: { name: "stdin", text: await Bun.stdin.text() }, path: undefined };
  const candidates =
    named === undefined
      ? ["Containerfile", "Dockerfile"].map((name) => join(folder, name))
      : [resolve(named), resolve(folder, named)];
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) throw noContainerfile(named, folder);
  return { source: { name: named ?? basename(path), text: readFileSync(path, "utf8") }, path };
}

function ignoreOf(named: string | undefined, folder: string, containerfile: string | undefined): IgnoreRules {
  const own = containerfile === undefined ? [] : [`${containerfile}.containerignore`, `${containerfile}.dockerignore`];
  const candidates =
    named === undefined ? [...own, join(folder, ".containerignore"), join(folder, ".dockerignore")] : [resolve(named)];
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path !== undefined) return parseIgnoreFile(readFileSync(path, "utf8"), basename(path));
  if (named === undefined) return NOTHING_IGNORED;
  throw badOption("--ignorefile", named, "a file that is there");
}

function buildArgument(text: string): [string, string][] {
  const equals = text.indexOf("=");
  if (equals === 0) throw badOption("--build-arg", text, "NAME=VALUE");
  if (equals > 0) return [[text.slice(0, equals), text.slice(equals + 1)]];
  const value = process.env[text];
  return value === undefined ? [] : [[text, value]];
}

function namedContext(text: string): [string, { folder: string } | { image: string }] {
  const [, name = "", place = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === "") throw badOption("--build-context", text, "NAME=PATH or NAME=docker-image://IMAGE");
  const image = /^(?:docker-image|container-image):\/\/(.+)$/.exec(place)?.[1];
  if (image !== undefined) return [name, { image }];
  const folder = resolve(place);
  if (existsSync(folder) && statSync(folder).isDirectory()) return [name, { folder }];
  throw badOption("--build-context", text, "a folder that is there, or docker-image://IMAGE");
}

function epochOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw badOption("SOURCE_DATE_EPOCH", text, "a number of seconds since 1970");
}

function noContext(text: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "build.no_context",
    what: `there is no folder "${text}" to take as context`,
    fix: "name the folder with the files to be copied",
  });
}

function noContainerfile(named: string | undefined, folder: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "build.no_containerfile",
    what:
      named === undefined
        ? `no Containerfile or Dockerfile specified or found in context directory, ${folder}`
        : `the specified Containerfile or Dockerfile does not exist: ${named}`,
    fix: "name it with --file",
  });
}
