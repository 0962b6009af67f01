import { availableParallelism } from "node:os";
import { RUN_SECURITY } from "../../build/execute/run.ts";
import { PROXY_NAMES } from "../../build/plan/scope.ts";
import type { BuildRequest } from "../../build/request.ts";
import { proxyVariables } from "../../config/proxy.ts";
import { ownName } from "../../engine/find-image.ts";
import type { PullPolicy } from "../../engine/pull.ts";
import { csvFields } from "../../lib/csv-fields.ts";
import { EstibaError } from "../../lib/error.ts";
import { present } from "../../lib/present.ts";
import { hostPlatform, type Platform } from "../../oci/platform.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { ulimitsOf } from "../container/options/ulimits.ts";
import { keyValues, sizeOf } from "../container/options/values.ts";
import type { Cli } from "../context.ts";
import { registryOptionsOf } from "../image/credentials.ts";
import { chosenPlatform } from "../image/platform.ts";
import { nameserversOf } from "../network/nameservers.ts";
import { openBuildFiles } from "./context.ts";
import { runLimitsOf, runSecurityOf, runVolumesOf } from "./limits.ts";
import type { BUILD_OPTIONS } from "./options.ts";
import { secretOf, socketOf } from "./secrets.ts";
import { cachesFrom, cachesTo, isInline } from "./shared-caches.ts";

type BuildValues = Values<typeof BUILD_OPTIONS>;

const EPOCH = "SOURCE_DATE_EPOCH";
const PULL: Readonly<Record<string, PullPolicy>> = { true: "always", false: "missing" };

type Surroundings = {
  readonly cli: Pick<Cli, "engine">;
  readonly signal: AbortSignal;
  readonly held: DisposableStack;
  /** In place of stdin, for a door that has none of its own. */
  readonly input?: AsyncIterable<Uint8Array>;
};

/** What the options ask for, checked; what is fetched for it goes when `held` is disposed. Throws `invalid` naming the option, `not_found` for a missing file. */
export async function buildRequest(
  values: BuildValues,
  context: string | undefined,
  surroundings: Surroundings,
): Promise<BuildRequest> {
  refuseOff(values);
  const buildArguments = new Map(values["build-arg"].flatMap(buildArgument));
  const pull = values.pull ?? "missing";
  const epoch = values.timestamp ?? epochOf(buildArguments.get(EPOCH) ?? process.env[EPOCH]);
  const files = await openBuildFiles(
    {
      context,
      files: values.file,
      ignoreFile: values.ignorefile,
      namedContexts: values["build-context"],
      keepGitDir: ["1", "true"].includes(buildArguments.get("BUILDKIT_CONTEXT_KEEP_GIT_DIR") ?? ""),
    },
    surroundings,
  );
  return {
    ...files,
    target: values.target,
    names: values.tag.map(ownName),
    buildArguments,
    ...changesOf(values),
    platform: undefined,
    firstBase: values.from,
    squash: values["squash-all"] ? "all" : values.squash ? "new" : "nothing",
    format: values.format === "docker" ? "docker" : "oci",
    useCache: !values["no-cache"],
    cacheFrom: cachesFrom(values["cache-from"], registryOptionsOf(values)),
    cacheTo: cachesTo(surroundings.cli, values["cache-to"], registryOptionsOf(values)),
    inlineCache: values["cache-to"].some(isInline) || buildArguments.get("BUILDKIT_INLINE_CACHE") === "1",
    noCacheStages: values["no-cache-filter"].flatMap((text) => text.split(",")),
    pull: PULL[pull] ?? (pull as PullPolicy),
    registry: registryOptionsOf(values),
    secrets: { secrets: new Map(values.secret.map(secretOf)), sockets: new Map(values.ssh.map(socketOf)) },
    timestamp: epoch,
    jobs: values.jobs ?? availableParallelism(),
    ...settingsOf(values, buildArguments),
    signal: surroundings.signal,
  };
}

/** What the image has besides what its Containerfile says. */
function changesOf(values: BuildValues): Pick<BuildRequest, "labels" | "annotations" | "changes"> {
  const { unsetenv, unsetlabel } = values;
  return {
    labels: keyValues("--label", values.label),
    annotations: keyValues("--annotation", values.annotation),
    changes: {
      env: values.env.flatMap((text) => {
        if (text.includes("=")) return [text];
        const value = process.env[text];
        return value === undefined ? [] : [`${text}=${value}`];
      }),
      unsetEnv: unsetenv,
      unsetLabels: unsetlabel,
      omitHistory: values["omit-history"],
    },
  };
}

/** The platforms to build for, each once; none for the host's. Throws `invalid`. */
export function platformsOf({ platform, os, arch, variant }: BuildValues): Platform[] {
  const listed = [...new Set(platform.flatMap((text) => text.split(",")))];
  if (listed.length < 2) {
    const chosen = chosenPlatform({ platform: listed[0], os, arch, variant });
    return chosen === undefined ? [] : [chosen];
  }
  return listed.map((text) => chosenPlatform({ platform: text, os, arch, variant }) ?? hostPlatform());
}

/** What is so anyway cannot be switched off. */
function refuseOff(values: BuildValues): void {
  for (const option of ["rm", "force-rm", "layers", "load", "skip-unused-stages"] as const)
    if (!values[option]) throw badOption(`--${option}`, "false", "possible here: it is always so");
  refuseAttestations(values);
}

/** Switching attestations off asks for nothing, and is what scripts do whose registries trip over them. */
function refuseAttestations({ attest, provenance, sbom }: BuildValues): void {
  const isOff = (text: string | undefined): boolean => text === undefined || ["false", "0"].includes(text);
  const wanted = attest.find((text) => !csvFields(text).some((field) => /^disabled(=true|=1)?$/.test(field)));
  const option = !isOff(provenance) ? "--provenance" : !isOff(sbom) ? "--sbom" : wanted && "--attest";
  if (option === undefined) return;
  throw new EstibaError("unsupported", {
    reason: "build.no_attestations",
    what: `${option} is not supported: attestations are not made: registries and old clients trip over them`,
    fix: `leave ${option} out, or switch them off: --provenance=false --sbom=false`,
  });
}

function settingsOf(
  values: BuildValues,
  buildArguments: ReadonlyMap<string, string>,
): Pick<BuildRequest, "settings" | "allowInsecure" | "allowHostNetwork"> {
  const { network, allow } = values;
  const unknown = allow.find((right) => !["security.insecure", "network.host"].includes(right));
  if (unknown !== undefined) throw badOption("--allow", unknown, "security.insecure or network.host");
  return {
    settings: {
      addHosts: values["add-host"],
      dns: nameserversOf("--dns", values.dns),
      dnsSearch: values["dns-search"],
      dnsOptions: values["dns-option"],
      resources: { ...runLimitsOf(values), ...present({ shmBytes: sizeOf("--shm-size", values["shm-size"]) }) },
      security: runSecurityOf(values, RUN_SECURITY),
      volumes: runVolumesOf(values),
      ulimits: ulimitsOf(values.ulimit),
      proxies: proxiesOf(values["http-proxy"], buildArguments),
      network: network === "none" || network === "host" ? network : "bridge",
    },
    allowInsecure: allow.includes("security.insecure"),
    allowHostNetwork: allow.includes("network.host") || network === "host",
  };
}

/** Of the caller, and above them those that are given as build arguments. */
function proxiesOf(ours: boolean, buildArguments: ReadonlyMap<string, string>): string[] {
  const given = [...buildArguments].flatMap(([name, value]) =>
    PROXY_NAMES.includes(name) ? [`${name}=${value}`] : [],
  );
  // Containers have no use for these; builders know them.
  const all = ["ALL_PROXY", "all_proxy"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [`${name}=${value}`];
  });
  return [...(ours ? [...proxyVariables(process.env), ...all] : []), ...given];
}

function buildArgument(text: string): [string, string][] {
  const equals = text.indexOf("=");
  if (equals === 0) throw badOption("--build-arg", text, "NAME=VALUE");
  if (equals > 0) return [[text.slice(0, equals), text.slice(equals + 1)]];
  const value = process.env[text];
  return value === undefined ? [] : [[text, value]];
}

function epochOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw badOption(EPOCH, text, "a number of seconds since 1970");
}
