// Runs a receiver template as its developer would: compiled, mounted, and sent one request for each case.
// node run.mjs express|nextjs TEMPLATE < cases; prints, for each case, its status and how often its event was applied.
import { readFileSync, writeFileSync } from "node:fs";
import ts from "typescript";

const [kind, template] = process.argv.slice(2);
const cases = JSON.parse(readFileSync(0, "utf8"));
const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
const source = readFileSync(template, "utf8").replace('from "./logi"', 'from "./logi.mjs"');
writeFileSync("template.mjs", ts.transpileModule(source, { compilerOptions: options }).outputText);
// What a template leaves to its developer: the key of a kid, the memory of event ids, and what an event does.
writeFileSync(
  "logi.mjs",
  `export let world = {};
   export const keyFor = async (kid) => world.keys[kid];
   export const seen = async (id) => world.ids.has(id) || (world.ids.add(id), false);
   export const apply = async () => { world.applied += 1; };
   export const begin = (keys) => { world = { keys, ids: new Set(), applied: 0 }; };`,
);
const logi = await import(new URL("logi.mjs", `file://${process.cwd()}/`));
const module = await import(new URL("template.mjs", `file://${process.cwd()}/`));

async function express() {
  const { default: express } = await import("express");
  const app = express();
  app.post("/webhooks/logi", express.raw({ type: () => true }), module.receiver(logi.keyFor, logi.seen, logi.apply));
  const server = await new Promise((resolve) => { const one = app.listen(0, "127.0.0.1", () => resolve(one)); });
  const url = `http://127.0.0.1:${server.address().port}/webhooks/logi`;
  return [async (init) => (await fetch(url, init)).status, () => server.close()];
}

async function nextjs() {
  return [async (init) => (await module.POST(new Request("http://localhost/webhooks/logi", init))).status, () => {}];
}

const [send, close] = await { express, nextjs }[kind]();
const found = [];
const clock = Date.now;
for (const one of cases) {
  logi.begin(one.keys);
  process.env.LOGI_WEBHOOK_SECRET = one.webhook_secret;
  Date.now = () => one.now * 1000;
  const init = { method: "POST", headers: { "content-type": "application/json", ...one.headers }, body: one.body };
  const status = [await send(init), await send(init)];
  Date.now = clock;
  found.push({ status, applied: logi.world.applied });
}
close();
console.log(JSON.stringify(found));
