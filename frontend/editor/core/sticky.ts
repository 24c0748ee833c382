/** What a person chose last, kept from item to item while the page lives. */

import type { ToolName } from "./schema";

export class Sticky {
  /** The class that new objects get, and the control that it belongs to. */
  label: { control: string; label: string } | null = null;
  readonly tools = new Map<string, ToolName>();
}

export const pageSticky = new Sticky();
