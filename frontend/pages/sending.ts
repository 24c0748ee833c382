/**
 * Sends a file to the server piece by piece. What the server has acknowledged is on its disk, so
 * a lost line costs one piece; pieces are as large as the line takes within a few seconds.
 */

export interface Answer {
  upload: string;
  received: number;
  piece_most: number;
  state: string;
  page: string;
}

export interface Line {
  request(method: string, address: string, init?: RequestInit): Promise<Response>;
  wait(seconds: number): Promise<void>;
  now(): number;
}

export interface Watcher {
  progressed(received: number, bytesPerSecond: number): void;
  waiting(seconds: number): void;
}

/** The server has said no, in a sentence. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

const FIRST_PIECE = 256 * 1024;
const QUICK_SECONDS = 1;
const SLOW_SECONDS = 5;
const WAITS = [1, 2, 4, 8, 15, 30];
// How much of the newest piece counts in the shown speed.
const NEWEST = 0.3;

export class Sending {
  private piece = FIRST_PIECE;
  private rate = 0;
  private failures = 0;
  private stopped = false;

  constructor(
    private readonly file: Blob,
    private readonly address: string,
    private readonly line: Line,
    private readonly watcher: Watcher,
  ) {}

  /** Sends until all is there; null when it was stopped. Raises Refused. */
  async run(): Promise<Answer | null> {
    let answer = await this.attempt(() => this.line.request("GET", this.address));
    while (answer && !this.stopped && answer.state === "receiving") {
      const { received, piece_most } = answer;
      this.watcher.progressed(received, this.rate);
      answer = await this.attempt(() => this.put(received, piece_most));
    }
    return this.stopped ? null : answer;
  }

  stop(): void {
    this.stopped = true;
  }

  private async put(offset: number, most: number): Promise<Response> {
    const end = Math.min(offset + Math.min(this.piece, most), this.file.size);
    const begun = this.line.now();
    const response = await this.line.request("PUT", this.address, {
      body: this.file.slice(offset, end),
      headers: {
        "Content-Type": "application/octet-stream",
        "Content-Range": `bytes ${end > offset ? `${offset}-${end - 1}` : "*"}/${this.file.size}`,
      },
    });
    if (response.ok) this.measure(end - offset, this.line.now() - begun);
    return response;
  }

  private measure(count: number, seconds: number): void {
    const rate = count / Math.max(seconds, 0.001);
    this.rate = this.rate ? NEWEST * rate + (1 - NEWEST) * this.rate : rate;
    if (seconds < QUICK_SECONDS) this.piece *= 2;
    if (seconds > SLOW_SECONDS) this.piece = Math.max(this.piece / 2, FIRST_PIECE / 4);
  }

  /** The answer to a request that is repeated, with growing waits, until there is one. */
  private async attempt(request: () => Promise<Response>): Promise<Answer | null> {
    while (!this.stopped) {
      const response = await request().catch(() => null);
      if (response?.ok) {
        this.failures = 0;
        return (await response.json()) as Answer;
      }
      if (response && response.status < 500 && response.status !== 429) {
        if (response.status !== 409) throw await refusal(response);
        // The pieces do not meet: the server knows how far it is.
        request = () => this.line.request("GET", this.address);
        continue;
      }
      const seconds = WAITS[Math.min(this.failures++, WAITS.length - 1)] ?? 1;
      this.piece = Math.max(this.piece / 2, FIRST_PIECE / 4);
      this.watcher.waiting(seconds);
      await this.line.wait(seconds);
      request = () => this.line.request("GET", this.address);
    }
    return null;
  }
}

export async function refusal(response: Response): Promise<Refused> {
  const said = (await response.json().catch(() => ({}))) as { message?: string; hint?: string };
  const words = [said.message, said.hint].filter(Boolean).join(" ");
  return new Refused(words, response.status);
}
