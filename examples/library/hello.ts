import { Engine } from "estiba";

const image = process.env["IMAGE"] ?? "debian:stable-slim";

await using engine = await Engine.open();
const { exitCode, text } = await engine.containers.output({
  image,
  command: ["sh", "-c", 'echo "hello from $(hostname)"'],
  hostname: "hold",
});
console.log(`${text.trim()}, exit code ${exitCode}`);
