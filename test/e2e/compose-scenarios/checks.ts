import { existsSync, readFileSync, statSync } from "node:fs";
import type { Check } from "./case.ts";

/** A container of the project, as `inspect` shows it. */
export type Container = {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly number: string;
  readonly oneOff: boolean;
  readonly status: string;
  readonly health: string;
  readonly labels: Readonly<Record<string, string>>;
};

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What a check looks at. */
export type Seen = {
  readonly outcome: Outcome;
  readonly before: readonly Container[];
  readonly now: readonly Container[];
  readonly imageExists: (image: string) => Promise<boolean>;
};

type Judge = (check: Check, seen: Seen) => Promise<string | undefined> | string | undefined;

const JUDGES: Readonly<Record<string, Judge>> = {
  exitCode: ({ value }, { outcome }) => unless(outcome.code === value, `exit code ${outcome.code}`),
  outputContains: ({ value }, { outcome }) => unless(output(outcome).includes(String(value)), output(outcome)),
  outputNotContains: ({ value }, { outcome }) => unless(!output(outcome).includes(String(value)), output(outcome)),
  stdoutContains: ({ value }, { outcome }) => unless(outcome.stdout.includes(String(value)), outcome.stdout),
  stderrContains: ({ value }, { outcome }) => unless(outcome.stderr.includes(String(value)), outcome.stderr),
  stdoutMatches: ({ pattern }, { outcome }) => unless(new RegExp(pattern ?? "").test(outcome.stdout), outcome.stdout),
  outputMatchesCount: ({ pattern, count }, { outcome }) => {
    const found = [...output(outcome).matchAll(new RegExp(pattern ?? "", "g"))].length;
    return unless(found === count, `${found} times in: ${output(outcome)}`);
  },
  serviceState: ({ service, state }, { now }) => {
    const states = replicas(now, service).map(({ status }) => status);
    return unless(states.length > 0 && states.every((one) => one === state), `states: ${states.join(", ")}`);
  },
  serviceScale: ({ service, count }, { now }) => {
    const found = replicas(now, service).length;
    return unless(found === count, `${found} replicas`);
  },
  replicaNumbers: ({ service, numbers = [] }, { now }) => {
    const found = replicas(now, service)
      .map(({ number }) => Number(number))
      .toSorted((a, b) => a - b);
    return unless(
      JSON.stringify(found) === JSON.stringify(numbers.toSorted((a, b) => a - b)),
      `numbers: ${found.join(", ")}`,
    );
  },
  serviceNotCreated: ({ service }, { now }) => {
    const found = now.filter((one) => one.service === service);
    return unless(found.length === 0, `containers: ${found.map(({ name }) => name).join(", ")}`);
  },
  notRecreated: ({ services = [] }, { before, now }) =>
    firstOf(services, (service) => {
      const [old, fresh] = [ids(before, service), ids(now, service)];
      return unless(old.length > 0 && old.join() === fresh.join(), `${service}: ${old.join()} became ${fresh.join()}`);
    }),
  recreated: ({ services = [] }, { before, now }) =>
    firstOf(services, (service) => {
      const [old, fresh] = [ids(before, service), ids(now, service)];
      return unless(
        old.length > 0 && !old.some((id) => fresh.includes(id)),
        `${service}: ${old.join()} became ${fresh.join()}`,
      );
    }),
  serviceHealthy: ({ service }, { now }) => {
    const healths = replicas(now, service).map(({ health }) => health);
    return unless(healths.length > 0 && healths.every((one) => one === "healthy"), `health: ${healths.join(", ")}`);
  },
  oneOffState: ({ service, state }, { now }) => {
    const states = now.filter((one) => one.service === service && one.oneOff).map(({ status }) => status);
    return unless(states.length > 0 && states.every((one) => one === state), `states: ${states.join(", ")}`);
  },
  labelUnchanged: ({ service, label = "" }, { before, now }) => {
    const [old, fresh] = [replicas(before, service)[0]?.labels[label], replicas(now, service)[0]?.labels[label]];
    return unless(old !== undefined && old === fresh, `${old} became ${fresh}`);
  },
  imageExists: async ({ image = "" }, { imageExists }) => unless(await imageExists(image), "no such image"),
  fileExists: ({ path = "" }) => unless(existsSync(path) && statSync(path).size > 0, "no such file, or it is empty"),
  fileContains: ({ path = "", value }) => {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    return unless(text.includes(String(value)), text);
  },
};

/** Why a check does not hold; undefined when it does. */
export async function whyNot(check: Check, seen: Seen): Promise<string | undefined> {
  const judge = JUDGES[check.check];
  if (judge === undefined) throw new Error(`there is no check ${check.check}`);
  const reason = await judge(check, seen);
  return reason === undefined ? undefined : `${JSON.stringify(check)}: ${reason}`;
}

function unless(holds: boolean, reason: string): string | undefined {
  return holds ? undefined : reason;
}

function firstOf(services: readonly string[], judge: (service: string) => string | undefined): string | undefined {
  return services.map(judge).find((reason) => reason !== undefined);
}

function output({ stdout, stderr }: Outcome): string {
  return stdout + stderr;
}

function replicas(containers: readonly Container[], service: string | undefined): Container[] {
  return containers.filter((one) => one.service === service && !one.oneOff);
}

function ids(containers: readonly Container[], service: string): string[] {
  return replicas(containers, service)
    .map(({ id }) => id)
    .toSorted();
}
