/** Puts the picture or text of a task into its editor: in low resolution first, whole when asked. */

import type { Editor } from "../editor";
import type { Assignment } from "../net/assignments";
import type { MediaAhead } from "../net/media";
import { ImageSurface } from "../surfaces/image";

export interface LoadEvents {
  /** Nothing of the item is to be seen yet. */
  waiting(): void;
  /** The item is to be seen: work can begin. */
  ready(): void;
  /** A part of it is to be seen. */
  cut(): void;
  failed(): void;
}

export async function loadItem(
  editor: Editor,
  task: Assignment,
  media: MediaAhead,
  events: LoadEvents,
): Promise<void> {
  const { media_url: url, full_url: full, width, height } = task.item;
  const { surface } = editor;
  try {
    await editor.load();
    if (url && surface instanceof ImageSurface) {
      if (!media.isReady(url)) events.waiting();
      await showFirst(surface, task, media, events);
      await surface.load(await media.take(url), width, height);
      surface.onNeedFull = full ? () => media.take(full) : null;
    }
    if (url && media.isCut(url)) events.cut();
    else events.ready();
  } catch {
    if (url) media.drop(url);
    events.failed();
  }
}

/** The small picture, while the large one is still on its way. */
async function showFirst(
  surface: ImageSurface,
  { item }: Assignment,
  media: MediaAhead,
  events: LoadEvents,
): Promise<void> {
  const { thumbnail_url: small, media_url: url, width, height } = item;
  if (!small || !url || media.isReady(url)) return;
  const large = media.take(url);
  const first = await Promise.race([media.take(small).catch(() => null), large]);
  // Too late it would come to nobody: the answer may be in, and the lease over.
  if (media.isReady(url)) return media.drop(small);
  if (first === null) return;
  await surface.showFirst(first, width, height);
  events.ready();
}
