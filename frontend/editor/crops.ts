/** <crop-grid>: objects of one class, cut out of their images; the reviewer marks what is wrong. */

import { CropApi, type CropPage, type CropVerdict, type Fate } from "./grid/api";
import type { Confirmed } from "./grid/element";
import { type GridItem, GridPage, type Mark } from "./grid/page";
import { ReviewElement } from "./grid/reviewing";
import type { Sheet } from "./grid/sheet";

/** It is something else, whatever that is. */
const WRONG = { reason: "wrong_class" };

class CropGrid extends ReviewElement {
  protected override readonly ownKeys = ["r", "u", "v", "z", "?"];
  protected leases!: CropApi;
  /** How far the class was looked for: pages go on from there. */
  private reached: string | null = null;

  protected async start(): Promise<void> {
    const { api, project } = this.config;
    this.leases = new CropApi(api, project);
    await this.begin();
  }

  protected override async giveUp(): Promise<void> {
    this.reached = null;
    await super.giveUp();
  }

  protected async fetchPage(): Promise<Sheet | null> {
    const value = this.value ?? this.config.value;
    await this.sentBefore;
    const items = await this.gather(value);
    if (items.length === 0) return null;
    const page = new GridPage(value, this.config.control, items, WRONG);
    return this.sheetOf(page, this.reasonTitles);
  }

  /** Stretch by stretch; at the end from the beginning, where something may have changed. */
  private async gather(value: string): Promise<GridItem[]> {
    const { by, size } = this.config;
    const start = this.reached;
    const { known } = this;
    const found: GridItem[] = [];
    let after = start;
    do {
      const page = await this.leases.next({ value, by, size }, [...known], after);
      found.push(...page.crops.map(asItem));
      for (const { crop } of page.crops) known.add(crop);
      this.reached = after;
      after = page.go_on_after;
    } while (after !== null && found.length < size);
    // What is too much for a page is in the last stretch, where the next one begins.
    if (found.length > 0 || start === null) return found.slice(0, size);
    this.reached = null;
    return this.gather(value);
  }

  /** What could not be shown is left out: nobody has looked at it. */
  protected async sendPage(page: GridPage, key: string): Promise<Fate[]> {
    const rows = page.settled.map((crop) => verdict(crop, page.markOf(crop)));
    return rows.length > 0 ? this.leases.confirm(page.value, key, rows) : [];
  }

  protected async withdraw({ sheet, ids }: Confirmed): Promise<Fate[]> {
    return ids.length > 0 ? this.leases.undo(sheet.page.value, ids) : [];
  }
}

function asItem({ crop, crop_url, outlined_url, why }: CropPage["crops"][number]): GridItem {
  const item = {
    type: "image" as const,
    data: {},
    thumbnail_url: crop_url,
    media_url: outlined_url,
    width: null,
    height: null,
  };
  return { assignment: crop, item, why };
}

function verdict(crop: string, mark: Mark | undefined): CropVerdict {
  if (typeof mark === "string") return { crop, verdict: "wrong", should_be: mark };
  if (mark) return { crop, verdict: "wrong", reason: mark.reason };
  return { crop, verdict: "right" };
}

customElements.define("crop-grid", CropGrid);
