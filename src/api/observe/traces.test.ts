import { expect, test } from "bun:test";
import { traceSettings } from "./traces.ts";

test("without an endpoint, and where they are switched off, there are no traces", () => {
  expect(traceSettings({})).toBeUndefined();
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
  expect(traceSettings({ ...endpoint, OTEL_SDK_DISABLED: "true" })).toBeUndefined();
  expect(traceSettings({ ...endpoint, OTEL_TRACES_EXPORTER: "none" })).toBeUndefined();
  expect(traceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: " " })).toBeUndefined();
});

test("the general endpoint gets the path of traces, their own is taken as it is", () => {
  const all = traceSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20x, a=b=c",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test",
  });
  expect(all).toEqual({
    url: "http://collector:4318/v1/traces",
    headers: { authorization: "Basic x", a: "b=c" },
    resource: { "service.name": "estiba", "deployment.environment": "test" },
  });
  const own = traceSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://other",
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector/in",
    OTEL_SERVICE_NAME: "mine",
  });
  expect(own).toMatchObject({ url: "http://collector/in", resource: { "service.name": "mine" } });
});

test("what cannot be spoken is said", () => {
  expect(
    traceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }),
  ).toMatchObject({ why: expect.stringContaining("grpc is not spoken") });
  expect(traceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "nonsense" })).toMatchObject({
    why: expect.stringContaining("no address"),
  });
});
