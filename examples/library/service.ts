import { Engine } from "estiba";

const image = process.env["IMAGE"] ?? "busybox";

await using engine = await Engine.open();
const began = performance.now();
await using web = await engine.containers.run({
  image,
  command: ["httpd", "-f", "-p", "8080", "-h", "/etc"],
  ports: [{ container: 8080, hostIp: "127.0.0.1" }],
});
await web.waitUntil({ http: { port: 8080, path: "/passwd" } });
console.error(`ready after ${Math.round(performance.now() - began)} ms`);

const answer = await fetch(`http://127.0.0.1:${await web.port(8080)}/passwd`);
console.log(`${answer.status} ${(await answer.text()).split("\n")[0]}`);
// Here the container is removed, also if something above has thrown.
