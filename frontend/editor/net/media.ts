/** Fetches images ahead of their turn. Private media may not be cached by the browser itself. */

export class MediaAhead {
  private readonly fetched = new Map<string, Promise<string>>();

  /** Starts fetching; errors show when the image is wanted. */
  prepare(url: string): void {
    if (!this.fetched.has(url)) {
      const local = fetchLocal(url);
      local.catch(() => this.fetched.delete(url));
      this.fetched.set(url, local);
    }
  }

  /** The local address of an image. */
  async take(url: string): Promise<string> {
    this.prepare(url);
    return this.fetched.get(url) ?? url;
  }

  /** Frees the memory of an image that was shown. */
  drop(url: string): void {
    const local = this.fetched.get(url);
    this.fetched.delete(url);
    local?.then((address) => URL.revokeObjectURL(address)).catch(() => undefined);
  }
}

async function fetchLocal(url: string): Promise<string> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error(`No image at ${url}.`);
  return URL.createObjectURL(await response.blob());
}
