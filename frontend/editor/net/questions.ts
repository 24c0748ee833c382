/** The API of the rules beside the work: asking an expert, rulings, what a class means. */

import type { Pin } from "../tools/pins";
import { send } from "./http";

export interface ClassName {
  control: string;
  value: string;
}

export interface Ruling {
  number: number;
  verdict: string;
  text: string;
}

export interface Question {
  text: string;
  region: Pin | null;
  /** The answers that the person wavers between. */
  classes: ClassName[];
  /** The ruling that answers it. */
  ruling: number | null;
}

export interface Example {
  verdict: "do" | "dont" | "borderline";
  note: string;
  region: Pin | null;
  item: {
    type: "image" | "text";
    thumbnail_url: string | null;
    /** What stands before the marked stretch, the stretch, and what stands behind it. */
    text: [before: string, marked: string, after: string] | null;
    width: number | null;
    height: number | null;
  };
}

export interface ClassGuide extends ClassName {
  title: string;
  /** Sanitised by the server. */
  definition_html: string;
  examples: Example[];
  rulings: Ruling[];
}

export class QuestionsApi {
  constructor(private readonly base: string) {}

  /** Whether an expert was asked, or a ruling answers it and the work goes on. */
  async ask(assignment: string, question: Question): Promise<"asked" | "duplicate"> {
    const { body } = await send("POST", `${this.base}${assignment}/question/`, question);
    return (body as { state: "asked" | "duplicate" }).state;
  }

  /** The published rulings that are nearest to some words. */
  async similar(assignment: string, words: string): Promise<Ruling[]> {
    const address = `${this.base}${assignment}/rulings/?q=${encodeURIComponent(words)}`;
    return ((await send("GET", address)).body as { rulings: Ruling[] }).rulings;
  }

  async guide(assignment: string): Promise<ClassGuide[]> {
    const { body } = await send("GET", `${this.base}${assignment}/guide/`);
    return (body as { classes: ClassGuide[] }).classes;
  }
}
