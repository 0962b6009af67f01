import { Engine } from "estiba";

const image = process.env["IMAGE"] ?? "busybox";

await using engine = await Engine.open();
await using counter = await engine.containers.create({
  image,
  command: ["sh", "-c", "for n in 1 2 3; do echo $n; sleep 0.1; done"],
});
const events = engine.events({ filters: [`container=${counter.id}`, "event=died"] });
const died = events.next();
await counter.start();
for await (const { stream, text } of counter.logs({ follow: true })) console.log(`${stream}: ${text}`);
const { value } = await died;
console.log(`${value?.action} with ${value?.attributes["exitCode"]}`);
