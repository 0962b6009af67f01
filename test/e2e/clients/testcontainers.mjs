// Stories of a program that uses testcontainers, side by side: node testcontainers.mjs CONTEXT (a folder to build from). The service is
// DOCKER_HOST.
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { GenericContainer, Network, Wait } from "testcontainers";
import { tellStories } from "./stories.mjs";

const [, , context] = process.argv;
const IMAGE = "bb:1";
const SERVER = ["sh", "-c", "mkdir -p /www; echo page > /www/index.html; exec httpd -f -p 8080 -h /www"];

async function page(container) {
  const response = await fetch(`http://${container.getHost()}:${container.getMappedPort(8080)}/`);
  return await response.text();
}

/** Takes away, at the end of a story, what it has started, last things first. */
function keeper() {
  const kept = [];
  return {
    keep: async (starting) => {
      const started = await starting;
      kept.unshift(started);
      return started;
    },
    clear: async () => {
      for (const started of kept) await started.stop();
    },
  };
}

const STORIES = {
  async ports(keep) {
    const container = await keep(
      new GenericContainer(IMAGE)
        .withCommand(SERVER)
        .withExposedPorts(8080)
        .withWaitStrategy(Wait.forListeningPorts())
        .start(),
    );
    assert.equal(await page(container), "page\n");
  },

  async http(keep) {
    const container = await keep(
      new GenericContainer(IMAGE)
        .withCommand(SERVER)
        .withExposedPorts(8080)
        .withWaitStrategy(Wait.forHttp("/", 8080))
        .start(),
    );
    assert.equal(await page(container), "page\n");
  },

  async logs() {
    const container = await new GenericContainer(IMAGE)
      .withCommand(["sh", "-c", "sleep 0.3; echo I am ready; exec sleep 1000"])
      .withWaitStrategy(Wait.forLogMessage("I am ready"))
      .start();
    const stream = await container.logs();
    for await (const piece of stream) {
      assert.match(String(piece), /I am ready/);
      break;
    }
    await container.stop();
    await assert.rejects(container.exec(["true"]));
  },

  async health(keep) {
    const container = await keep(
      new GenericContainer(IMAGE)
        .withCommand(["sh", "-c", "sleep 0.5; touch /well; exec sleep 1000"])
        .withHealthCheck({
          test: ["CMD-SHELL", "test -e /well"],
          interval: 200,
          timeout: 1000,
          retries: 50,
          startPeriod: 0,
        })
        .withWaitStrategy(Wait.forHealthCheck())
        .start(),
    );
    assert.equal((await container.exec(["ls", "/well"])).exitCode, 0);
  },

  async exec(keep) {
    const container = await keep(
      new GenericContainer(IMAGE)
        .withCommand(["sleep", "1000"])
        .withEnvironment({ A: "1" })
        .withUser("0:0")
        .withWorkingDir("/tmp")
        .withTmpFs({ "/scratch": "rw" })
        .withLabels({ a: "b" })
        .withName("testcontainers-exec")
        .start(),
    );
    const { output, stdout, stderr, exitCode } = await container.exec([
      "sh",
      "-c",
      "echo $A $PWD; echo err >&2; exit 3",
    ]);
    assert.deepEqual({ stdout, stderr, exitCode }, { stdout: "1 /tmp\n", stderr: "err\n", exitCode: 3 });
    assert.match(output, /err/);
    assert.equal(container.getName(), "/testcontainers-exec");
    assert.equal(container.getLabels().a, "b");
    await container.restart();
    assert.equal((await container.exec(["true"])).exitCode, 0);
  },

  async copy(keep) {
    const container = await keep(
      new GenericContainer(IMAGE)
        .withCommand(["sleep", "1000"])
        .withCopyContentToContainer([{ content: "copied", target: "/given/f", mode: 0o600 }])
        .start(),
    );
    assert.equal((await container.exec(["cat", "/given/f"])).output, "copied");
    assert.equal((await container.exec(["stat", "-c", "%a", "/given/f"])).output.trim(), "600");
    await container.copyContentToContainer([{ content: "later", target: "/later" }]);
    assert.match(await text(await container.copyArchiveFromContainer("/later")), /later/);
  },

  async networks(keep) {
    const network = await keep(new Network().start());
    const server = await keep(
      new GenericContainer(IMAGE)
        .withCommand(SERVER)
        .withNetwork(network)
        .withNetworkAliases("web")
        .withExposedPorts(8080)
        .start(),
    );
    const client = await keep(new GenericContainer(IMAGE).withCommand(["sleep", "1000"]).withNetwork(network).start());
    const address = server.getIpAddress(network.getName());
    assert.match((await client.exec(["nslookup", "web"])).output, new RegExp(address.replaceAll(".", "[.]")));
    assert.equal((await client.exec(["wget", "-q", "-O", "-", `http://${address}:8080/`])).output, "page\n");
  },

  async build() {
    const image = await GenericContainer.fromDockerfile(context)
      .withBuildArgs({ A: "9" })
      .build("tested:1", { deleteOnExit: false });
    const container = await image.withWaitStrategy(Wait.forOneShotStartup()).start();
    assert.match(await text(await container.logs()), /built 9/);
    await container.stop();
  },
};

await tellStories(
  Object.fromEntries(
    Object.entries(STORIES).map(([name, story]) => [
      name,
      async () => {
        const { keep, clear } = keeper();
        try {
          await story(keep);
        } finally {
          await clear();
        }
      },
    ]),
  ),
);
