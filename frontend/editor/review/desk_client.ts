/** Sends decisions in their order, each until the server has it, and brings the next task. */

export type Reply =
  /** A task to look at. */
  | { kind: "task"; section: HTMLElement }
  /** There is none. */
  | { kind: "none" }
  /** The form came back with its problem. */
  | { kind: "invalid"; section: HTMLElement }
  /** The task or the decision is not the person's any more. */
  | { kind: "refused"; message: string }
  /** No answer in several tries: the same may be sent again. */
  | { kind: "unreachable" };

const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000];
const TIMEOUT_MS = 20_000;
const HEADERS = { "X-Desk": "1", Accept: "text/html, application/json" };

export async function post(
  address: string,
  body: FormData,
  onWait: () => void = () => undefined,
): Promise<Reply> {
  for (const wait of [...WAITS_MS, null]) {
    const response = await reached(address, body);
    if (response) return understood(response);
    if (wait === null) break;
    onWait();
    await lineOr(wait);
  }
  return { kind: "unreachable" };
}

/** Until the browser says that the line is back, at the latest after the time. */
function lineOr(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = (): void => {
      clearTimeout(timer);
      over.abort();
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener("online", end, { signal: over.signal });
  });
}

/** Null where the same request may be sent again: no line, or a server that is busy. */
async function reached(address: string, body: FormData): Promise<Response | null> {
  try {
    const response = await fetch(address, {
      method: "POST",
      body,
      headers: HEADERS,
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // Logged out, the way leads to the login page.
    return response.status >= 500 || response.status === 429 || response.redirected
      ? null
      : response;
  } catch {
    return null;
  }
}

async function understood(response: Response): Promise<Reply> {
  if (response.status === 204) return { kind: "none" };
  if (response.ok || response.status === 422) {
    const section = sectionOf(await response.text());
    if (section) return { kind: response.ok ? "task" : "invalid", section };
    return { kind: "unreachable" };
  }
  const told: unknown = await response.json().catch(() => null);
  const message = (told as { message?: string } | null)?.message;
  return { kind: "refused", message: message ?? response.statusText };
}

function sectionOf(html: string): HTMLElement | null {
  const page = new DOMParser().parseFromString(html, "text/html");
  const section = page.querySelector<HTMLElement>(".desk-task");
  return section && document.adoptNode(section);
}

/** Gives a task back while the page goes away. */
export function giveBack(section: HTMLElement): void {
  const token = section.querySelector<HTMLInputElement>('[name="csrfmiddlewaretoken"]');
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token?.value ?? "");
  void fetch(section.dataset["release"] ?? "", {
    method: "POST",
    body,
    headers: HEADERS,
    credentials: "same-origin",
    keepalive: true,
  }).catch(() => undefined);
}
