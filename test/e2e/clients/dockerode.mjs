// Stories of a program that uses dockerode, side by side: node dockerode.mjs SOCKET FOLDER IMAGE (a build context, an image to pull).
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import Docker from "dockerode";
import { tellStories } from "./stories.mjs";

const [, , socketPath, context, remote] = process.argv;
const docker = new Docker({ socketPath });
const IMAGE = "bb:1";

/** Both outputs of a multiplexed stream, to its end. */
async function outputs(stream) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, out, err);
  stream.on("end", () => {
    out.end();
    err.end();
  });
  return await Promise.all([text(out), text(err)]);
}

/** Follows lines of progress to their end; fails with what one of them says. */
async function followed(stream) {
  return await new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (error, lines) => (error ? reject(error) : resolve(lines)));
  });
}

async function removed(container) {
  await container.remove({ force: true, v: true });
}

const STORIES = {
  async life() {
    const container = await docker.createContainer({
      Image: IMAGE,
      name: "life",
      Cmd: ["sleep", "1000"],
      Labels: { a: "b" },
    });
    await container.start();
    const { State, Name } = await container.inspect();
    assert.deepEqual({ running: State.Running, Name }, { running: true, Name: "/life" });
    await assert.rejects(container.start(), { statusCode: 304 });
    const [row] = await docker.listContainers({ filters: { label: ["a=b"] } });
    assert.deepEqual([row.Names, row.State], [["/life"], "running"]);
    await container.pause();
    assert.equal((await container.inspect()).State.Paused, true);
    await container.unpause();
    const { Titles, Processes } = await container.top();
    assert.equal(Processes[0][Titles.indexOf("CMD")], "sleep 1000");
    const stats = await container.stats({ stream: false });
    assert.equal(stats.pids_stats.current, 1);
    await container.rename({ name: "lives" });
    await container.update({ Memory: 64 * 1024 * 1024 });
    assert.equal((await container.inspect()).HostConfig.Memory, 64 * 1024 * 1024);
    await container.stop({ t: 0 });
    assert.deepEqual(await container.wait(), { StatusCode: 137 });
    await container.restart({ t: 0 });
    await container.kill();
    await container.wait();
    await container.remove();
    await assert.rejects(docker.getContainer("lives").inspect(), { statusCode: 404, reason: "no such container" });
  },

  async run() {
    const out = new PassThrough();
    const written = text(out);
    const [result, container] = await docker.run(IMAGE, ["sh", "-c", "echo out; exit 7"], out, { Tty: false });
    assert.equal(result.StatusCode, 7);
    out.end();
    assert.match(await written, /out\n$/);
    await removed(container);
  },

  /** A program that is in the midst of something else when both come, the output and the answer to its wait: it may read the answer first. */
  async busy() {
    const out = new PassThrough();
    let written = "";
    out.on("data", (bytes) => (written += bytes));
    const [seen, container] = await new Promise((resolve, reject) => {
      const cmd = ["sh", "-c", "sleep 0.1; echo out"];
      const going = docker.run(IMAGE, cmd, out, { Tty: false }, {}, (error, _result, ended) =>
        error ? reject(error) : resolve([written, ended]),
      );
      // Its request to wait is sent by then, and the container ends meanwhile.
      void going.on("start", () =>
        setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400), 20),
      );
    });
    assert.match(seen, /out\n$/);
    await removed(container);
  },

  async attach() {
    const container = await docker.createContainer({ Image: IMAGE, Cmd: ["cat"], OpenStdin: true, StdinOnce: true });
    const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
    const both = outputs(stream);
    await container.start();
    stream.write("through\n");
    stream.end("the end\n");
    assert.deepEqual(await both, ["through\nthe end\n", ""]);
    await container.wait();
    await removed(container);
  },

  async exec() {
    const container = await docker.createContainer({ Image: IMAGE, Cmd: ["sleep", "1000"] });
    await container.start();
    const exec = await container.exec({
      Cmd: ["sh", "-c", "cat; echo err >&2; exit 5"],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const both = outputs(stream);
    stream.end("in\n");
    assert.deepEqual(await both, ["in\n", "err\n"]);
    const { Running, ExitCode } = await exec.inspect();
    assert.deepEqual({ Running, ExitCode }, { Running: false, ExitCode: 5 });
    // Without hijack, as most programs do it.
    const plain = await container.exec({ Cmd: ["echo", "plain"], AttachStdout: true, AttachStderr: true });
    assert.deepEqual(await outputs(await plain.start({})), ["plain\n", ""]);
    const tty = await container.exec({ Cmd: ["sh", "-c", "echo $((6*7))"], AttachStdout: true, Tty: true });
    assert.equal(await text(await tty.start({ Tty: true })), "42\r\n");
    await removed(container);
  },

  async logs() {
    const container = await docker.createContainer({
      Image: IMAGE,
      Cmd: ["sh", "-c", "echo one; echo two >&2; sleep 1000"],
    });
    await container.start();
    const follow = await container.logs({ follow: true, stdout: true, stderr: true });
    const [out, err] = [new PassThrough(), new PassThrough()];
    docker.modem.demuxStream(follow, out, err);
    const first = async (stream) => {
      for await (const piece of stream) return String(piece);
    };
    assert.deepEqual(await Promise.all([first(out), first(err)]), ["one\n", "two\n"]);
    follow.destroy();
    await container.stop({ t: 0 });
    const whole = await container.logs({ stdout: true, stderr: false, tail: 5 });
    assert.equal(whole.subarray(8).toString(), "one\n");
    await removed(container);
  },

  async events() {
    const stream = await docker.getEvents({ filters: { label: ["story=events"] } });
    const seen = (async () => {
      const actions = [];
      let rest = "";
      for await (const piece of stream) {
        const lines = `${rest}${String(piece)}`.split("\n");
        rest = lines.pop();
        for (const line of lines) actions.push(JSON.parse(line).Action);
        if (actions.includes("destroy")) return actions;
      }
    })();
    const container = await docker.createContainer({ Image: IMAGE, Cmd: ["true"], Labels: { story: "events" } });
    await container.start();
    await container.wait();
    await container.remove();
    assert.deepEqual(await seen, ["create", "start", "die", "destroy"]);
    stream.destroy();
  },

  async build() {
    const stream = await docker.buildImage(
      { context, src: ["Dockerfile", "x"] },
      { t: "rode:1", buildargs: { A: "9" } },
    );
    const lines = await followed(stream);
    assert.match(lines.at(-1).stream, /^Successfully tagged rode:1/);
    const image = docker.getImage("rode:1");
    const { Config, RepoTags } = await image.inspect();
    assert.deepEqual([RepoTags, Config.Cmd], [["rode:1"], ["cat", "/f", "/x"]]);
    const out = new PassThrough();
    const written = text(out);
    const [result, container] = await docker.run("rode:1", [], out, { Tty: true });
    out.end();
    assert.deepEqual([result.StatusCode, await written], [0, "built 9\r\ncopied\r\n"]);
    await removed(container);
    assert.ok((await image.history()).length > 1);
    await image.tag({ repo: "rode", tag: "2" });
    const archive = await buffer(await docker.getImage("rode:2").get());
    await docker.getImage("rode:2").remove();
    await image.remove();
    const loaded = await docker.loadImage(archiveStream(archive));
    assert.match(await text(loaded), /Loaded image: rode:2/);
    await docker.getImage("rode:2").remove();
  },

  async pull() {
    const name = remote;
    const lines = await followed(await docker.pull(name));
    assert.equal(lines.at(-1).status, `Status: Downloaded newer image for ${name}`);
    assert.equal((await docker.listImages({ filters: { reference: [name] } })).length, 1);
    await followed(await docker.getImage(name).push({ tag: "1" }));
    await docker.getImage(name).remove();
    await assert.rejects(docker.pull(`${name}-none`), { statusCode: 404 });
  },

  async volumes() {
    await docker.createVolume({ Name: "kept", Labels: { a: "b" } });
    const container = await docker.createContainer({
      Image: IMAGE,
      Cmd: ["sh", "-c", "echo data > /v/f"],
      HostConfig: { Binds: ["kept:/v"] },
    });
    await container.start();
    await container.wait();
    const archive = await buffer(await container.getArchive({ path: "/v/f" }));
    assert.match(archive.toString("latin1"), /data\n/);
    await container.putArchive(archiveStream(archive), { path: "/tmp" });
    assert.ok((await container.changes()).some(({ Path, Kind }) => Path === "/tmp/f" && Kind === 1));
    const volume = docker.getVolume("kept");
    await assert.rejects(volume.remove(), { statusCode: 409 });
    await removed(container);
    const { Volumes } = await docker.listVolumes({ filters: { label: ["a=b"] } });
    assert.deepEqual(
      Volumes.map(({ Name }) => Name),
      ["kept"],
    );
    await volume.remove();
  },

  async networks() {
    const network = await docker.createNetwork({ Name: "ours", CheckDuplicate: true });
    const server = await docker.createContainer({
      Image: IMAGE,
      name: "server",
      Cmd: ["sleep", "1000"],
      HostConfig: { NetworkMode: "ours" },
      NetworkingConfig: { EndpointsConfig: { ours: { Aliases: ["db"] } } },
    });
    await server.start();
    const { Containers } = await network.inspect();
    assert.deepEqual(
      Object.values(Containers).map(({ Name }) => Name),
      ["server"],
    );
    const other = await docker.createContainer({ Image: IMAGE, Cmd: ["nslookup", "db"] });
    await network.connect({ Container: other.id });
    await other.start();
    assert.deepEqual(await other.wait(), { StatusCode: 0 });
    await network.disconnect({ Container: other.id, Force: true });
    await removed(other);
    await removed(server);
    await network.remove();
  },
};

function archiveStream(bytes) {
  const stream = new PassThrough();
  stream.end(bytes);
  return stream;
}

await tellStories(STORIES);
