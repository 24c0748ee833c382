/** JSON over fetch, with errors sorted by what a person can do about them. */

export type Trouble =
  /** No answer from the server, or one that says "later": the same request may be sent again. */
  | "unreachable"
  /** Logged out. */
  | "login"
  /** The task is no longer this person's. */
  | "lost"
  /** The server refused what was sent, and says why. */
  | "refused";

export class ApiError extends Error {
  constructor(
    readonly trouble: Trouble,
    message: string,
    readonly code = "",
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

export interface Reply {
  status: number;
  body: unknown;
  headers: Headers;
}

const TIMEOUT_MS = 20_000;
const LATER = new Set([408, 425, 429, 502, 503, 504]);

let renewedToken: string | null = null;

function csrfToken(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  return renewedToken ?? meta?.content ?? "";
}

/**
 * After a new login the old token is void: the page is asked again for a fresh one. It is taken
 * only when the page is still that of the same person: nobody sends the work of somebody else.
 */
export async function renewToken(isSamePerson: (page: Document) => boolean): Promise<boolean> {
  const response = await fetch(location.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const meta = page.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  if (!meta || response.redirected) return true;
  if (!isSamePerson(page)) return false;
  renewedToken = meta.content;
  return true;
}

export async function send(
  method: "GET" | "POST" | "PUT",
  url: string,
  payload: unknown = null,
  keepalive = false,
): Promise<Reply> {
  const response = await reached(method, url, payload, keepalive);
  const body = await response.json().catch(() => null);
  if (response.ok && !response.redirected) {
    return { status: response.status, body, headers: response.headers };
  }
  throw problem(response, body);
}

async function reached(
  method: string,
  url: string,
  payload: unknown,
  keepalive: boolean,
): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      keepalive,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        "X-CSRFToken": csrfToken(),
      },
      body: method === "GET" ? null : JSON.stringify(payload ?? {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new ApiError("unreachable", String(error));
  }
}

function problem(response: Response, body: unknown): ApiError {
  const { code, message, field, hint } = described(body);
  const sentence = [message, hint].filter(Boolean).join(" ");
  const isForbidden = code === "permission_denied" && !message.startsWith("CSRF");
  const kind = isForbidden ? "refused" : trouble(response, code);
  return new ApiError(kind, sentence, code, field || null);
}

function trouble({ status, redirected }: Response, code: string): Trouble {
  // Without a session a call may end on the login page; an old CSRF token says the same.
  if (status === 401 || status === 403 || redirected) return "login";
  if (LATER.has(status)) return "unreachable";
  if (status === 404) return "lost";
  if (status === 409 && code !== "request_id_reused") return "lost";
  return "refused";
}

interface Described {
  code: string;
  message: string;
  field: string;
  hint: string;
}

function described(body: unknown): Described {
  const text = (name: string): string => {
    const value: unknown = typeof body === "object" && body ? Reflect.get(body, name) : undefined;
    return typeof value === "string" ? value : "";
  };
  return { code: text("code"), message: text("message"), field: text("field"), hint: text("hint") };
}

/** Header values that are not plain Latin come as RFC 2047 words, as Django writes them. */
export function decodeHeader(value: string): string {
  return value
    .replace(/\?=\s+=\?/gu, "?==?")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/giu, (_word, kind: string, body: string) =>
      new TextDecoder().decode(kind.toLowerCase() === "b" ? base64(body) : quoted(body)),
    );
}

function base64(body: string): Uint8Array {
  return Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
}

function quoted(body: string): Uint8Array {
  const plain = body
    .replace(/_/gu, " ")
    .replace(/=([\dA-F]{2})/giu, (_code, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}
