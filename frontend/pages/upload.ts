/**
 * form[data-upload]: its file goes to the server in pieces, with progress, a pause and a way on
 * after a lost line or a reload. Its words are data-text-* attributes; without scripts the form
 * sends the file as any other.
 */

import { type Answer, type Line, Refused, refusal, Sending } from "./sending";

const NIL = "00000000-0000-0000-0000-000000000000";
const KEPT = "labelops-upload:";
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

const language = document.documentElement.lang;

const line: Line = {
  request(method, address, init = {}) {
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
    const headers = { ...(init.headers as Record<string, string>), "X-CSRFToken": token };
    return fetch(address, { ...init, method, headers, signal: AbortSignal.timeout(120_000) });
  },
  wait(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1_000 * seconds);
      window.addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
    });
  },
  now: () => performance.now() / 1_000,
};

class UploadForm {
  private readonly field: HTMLInputElement;
  private readonly panel: HTMLElement;
  private readonly bar: HTMLProgressElement;
  private readonly status: HTMLElement;
  private readonly pauseButton: HTMLButtonElement;
  private sending: Sending | null = null;

  constructor(private readonly form: HTMLFormElement) {
    this.field = this.find<HTMLInputElement>("input[type=file]");
    this.panel = this.find("[data-upload-progress]");
    this.bar = this.find<HTMLProgressElement>("progress");
    this.status = this.find("[data-upload-status]");
    this.pauseButton = this.find<HTMLButtonElement>("[data-upload-pause]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.start();
    });
    this.pauseButton.addEventListener("click", () => (this.sending ? this.pause() : this.start()));
  }

  private find<T extends HTMLElement = HTMLElement>(selector: string): T {
    const found = this.form.querySelector<T>(selector);
    if (!found) throw new Error(`The upload form has no ${selector}.`);
    return found;
  }

  private async start(): Promise<void> {
    const file = this.field.files?.[0];
    if (!file || this.sending) return this.field.focus();
    this.show("starting");
    this.panel.hidden = false;
    this.bar.max = file.size || 1;
    this.lock(true);
    try {
      const answer = await this.send(file);
      if (!answer) return;
      localStorage.removeItem(keyOf(file));
      window.location.assign(answer.page);
    } catch (error) {
      this.fail(error);
    }
  }

  private async send(file: File): Promise<Answer | null> {
    const known = localStorage.getItem(keyOf(file));
    const id = known ?? (await this.begin(file));
    const address = (this.form.dataset["address"] ?? "").replace(NIL, id);
    const sending = new Sending(file, address, line, {
      progressed: (received, rate) => this.progress(received, file.size, rate),
      waiting: (seconds) => this.show("waiting", { seconds: String(seconds) }),
    });
    this.sending = sending;
    const answer = await sending.run().catch((error: unknown) => {
      if (!known || !(error instanceof Refused) || error.status !== 404) throw error;
      return "gone" as const;
    });
    if (answer !== "gone") return answer;
    // It waited too long, or was removed: the file begins anew.
    localStorage.removeItem(keyOf(file));
    return this.send(file);
  }

  private async begin(file: File): Promise<string> {
    const response = await line.request("POST", this.form.dataset["begin"] ?? "", {
      body: JSON.stringify({ file_name: file.name, byte_count: file.size }),
      headers: { "Content-Type": "application/json" },
    });
    if (!response.ok) throw await refusal(response);
    const { upload } = (await response.json()) as Answer;
    localStorage.setItem(keyOf(file), upload);
    return upload;
  }

  private pause(): void {
    this.sending?.stop();
    this.end("paused");
  }

  private fail(error: unknown): void {
    const words = error instanceof Refused ? error.message : "";
    this.end("failed");
    if (words) this.status.textContent = words;
    this.status.setAttribute("role", "alert");
  }

  private end(text: string): void {
    this.sending = null;
    this.lock(false);
    this.show(text);
  }

  private lock(isSending: boolean): void {
    this.status.setAttribute("role", "status");
    this.field.disabled = isSending;
    this.find<HTMLButtonElement>("button[type=submit]").hidden = isSending;
    const { textPause = "", textGoOn = "" } = this.form.dataset;
    this.pauseButton.textContent = isSending ? textPause : textGoOn;
  }

  private progress(received: number, total: number, rate: number): void {
    this.bar.value = received;
    const numbers = { done: size(received), total: size(total) };
    if (!rate) return this.show("begun", numbers);
    const left = duration((total - received) / rate);
    this.show("progress", { ...numbers, rate: size(rate), left });
  }

  /** Shows data-text-NAME with its gaps filled. */
  private show(name: string, values: Record<string, string> = {}): void {
    const key = `text${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const template = this.form.dataset[key] ?? "";
    this.status.textContent = template.replace(/\{(\w+)\}/gu, (_gap, gap) => values[gap] ?? "");
  }
}

/** The same file is known again by what a browser says of it. */
function keyOf(file: File): string {
  return `${KEPT}${window.location.pathname}:${file.name}:${file.size}:${file.lastModified}`;
}

function size(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[power] ?? "byte",
    maximumFractionDigits: power > 1 ? 1 : 0,
  }).format(bytes / 1_000 ** power);
}

function duration(seconds: number): string {
  const unit = seconds < 90 ? "second" : seconds < 5_400 ? "minute" : "hour";
  const length = { second: 1, minute: 60, hour: 3_600 }[unit];
  const value = Math.max(1, Math.round(seconds / length));
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(
    value,
  );
}

document
  .querySelectorAll<HTMLFormElement>("form[data-upload]")
  .forEach((form) => new UploadForm(form));
