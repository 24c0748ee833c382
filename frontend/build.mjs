// Builds one self-contained module per page into labelops/static/build, and copies Tabler's sheet.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}labelops/static/build`;

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    label: "frontend/editor/label.ts",
    grid: "frontend/editor/grid.ts",
    review_grid: "frontend/editor/review_grid.ts",
    crops: "frontend/editor/crops.ts",
    review: "frontend/editor/review.ts",
    base: "frontend/pages/base.ts",
    paste: "frontend/pages/paste.ts",
    upload: "frontend/pages/upload.ts",
    examine: "frontend/pages/examine.ts",
    item_map: "frontend/pages/item_map.ts",
  },
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});

const sheet = await readFile(`${root}node_modules/@tabler/core/dist/css/tabler.min.css`, "utf8");
// The source map is not shipped, and a reference to a missing file stops collectstatic.
const withoutMap = sheet.replace(/\/\*# sourceMappingURL=[^*]*\*\//u, "");
await writeFile(`${target}/tabler.css`, withoutMap);
