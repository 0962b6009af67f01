import { badRequest } from "../../http/api-error.ts";
import type { Call, Reply, Service } from "../../http/call.ts";

// A build lives as long as its request, and so in this process: nothing is lost with it.
const BUILDS: WeakMap<Service, Map<string, AbortController>> = new WeakMap();

/** Makes a build one that can be cancelled by the id its client gave it; without one, only its client's leaving ends it. */
export function cancellable({ service, query, signal }: Call): Disposable & { readonly signal: AbortSignal } {
  const id = query.text("buildid");
  if (id === undefined) return { signal, [Symbol.dispose]: () => undefined };
  const cancel = new AbortController();
  const builds = BUILDS.get(service) ?? new Map<string, AbortController>();
  BUILDS.set(service, builds.set(id, cancel));
  return {
    signal: AbortSignal.any([signal, cancel.signal]),
    [Symbol.dispose]: () => void (builds.get(id) === cancel && builds.delete(id)),
  };
}

/** `POST /build/cancel`: as with Docker, one that there is no build for is no error. */
export function cancelBuild({ service, query }: Call): Reply {
  const id = query.text("id");
  if (id === undefined) throw badRequest("build ID not provided");
  BUILDS.get(service)?.get(id)?.abort(new Error("the build was cancelled"));
  return { status: 200 };
}
