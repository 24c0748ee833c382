/** Reporting a broken item: the lease ends, an expert looks at the item. */

import { send } from "./http";

export type ReportReason =
  "image_gone" | "truncated" | "wrong_language" | "personal_data" | "other";

/** Reports the item of a leased assignment; "other" needs a comment. `base` ends in a slash. */
export async function reportItem(
  base: string,
  id: string,
  reason: ReportReason,
  comment: string,
): Promise<void> {
  await send("POST", `${base}${id}/report/`, comment ? { reason, comment } : { reason });
}
