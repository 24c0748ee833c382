// Bundles the unit tests of the pure parts and runs them with Node's own test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL("./tests", import.meta.url));
const names = (await readdir(folder)).filter((name) => name.endsWith(".test.ts"));
const target = await mkdtemp(join(tmpdir(), "labelops-frontend-"));
try {
  await build({
    entryPoints: names.map((name) => join(folder, name)),
    outdir: target,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "warning",
  });
  const built = names.map((name) => join(target, name.replace(/\.ts$/u, ".mjs")));
  const run = spawnSync(process.execPath, ["--test", "--test-timeout=60000", ...built], {
    stdio: "inherit",
  });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(target, { recursive: true, force: true });
}
