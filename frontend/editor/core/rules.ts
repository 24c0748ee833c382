/** Which rules of a schema an answer breaks; tasks/kinds/broken.py finds the same. */

import type { Answer, Item } from "./answer";
import {
  area,
  mayMeet,
  mostOverlap,
  overlap,
  regionOf,
  shareInside,
  sides,
  type Marked,
  type Region,
} from "./regions";
import type {
  AttributeRule,
  Broken,
  CountRule,
  InsideRule,
  NumberRule,
  OverlapRule,
  RequiredWhenRule,
  Rule,
  SizeRule,
} from "./rule_types";
import { flatten, titleOf, type Control, type LabelClass, type LabelSchema } from "./schema";
import { fill, type Strings } from "../strings";

type Finding = Pick<Broken, "path" | "code" | "params">;
type Entry = [path: string, object: Marked];
type Placed = [path: string, label: string, region: Region];

interface Case<R extends Rule = Rule> {
  rule: R;
  control: Control;
  controls: Map<string, Control>;
  answer: Answer;
  item: Item;
}

/** A rule that is broken at more places is told of at the first ones. */
const MOST_PLACES = 20;
/** Of a crowded answer the first pairs are judged. */
const MOST_PAIRS = 2_000;
const GEOMETRY: (keyof Marked)[] = ["box", "polygon", "polyline", "keypoints", "mask"];
/** White space as Python's str.strip sees it. */
const BLANK = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/u;

/** The rules that an answer breaks, in their order; none when it cannot be decided. */
export function brokenRules(schema: LabelSchema, answer: Answer, item: Item): Broken[] {
  if (Object.hasOwn(answer, "_undecidable")) return [];
  const controls = new Map(schema.controls.map((control) => [control.name, control]));
  return (schema.rules ?? []).flatMap((rule) => {
    const control = controls.get(rule.control);
    return control ? brokenPlaces({ rule, control, controls, answer, item }) : [];
  });
}

/** What stands in the way of sending the answer; the others are only shown. */
export function blocking(broken: Broken[]): Broken[] {
  return broken.filter((found) => found.severity === "block");
}

/** The sentence for a person: the expert's own words, or what was found. */
export function ruleSentence(strings: Strings, broken: Broken): string {
  if (broken.code === "message") return String(broken.params["message"] ?? "");
  return fill(strings[`rule_${broken.code}`], broken.params);
}

function brokenPlaces(given: Case): Broken[] {
  const { id, severity, message } = given.rule;
  const found = findings(given).slice(0, MOST_PLACES);
  return found.map(({ path, code, params }) => {
    if (message === undefined) return { rule: id, path, code, severity, params };
    return { rule: id, path, code: "message", severity, params: { message } };
  });
}

function findings(given: Case): Finding[] {
  const { rule } = given;
  switch (rule.type) {
    case "count":
      return countFindings({ ...given, rule });
    case "size":
      return sizeFindings({ ...given, rule });
    case "overlap":
      return overlapFindings({ ...given, rule });
    case "inside":
      return insideFindings({ ...given, rule });
    case "attribute":
      return attributeFindings({ ...given, rule });
    case "length":
    case "chosen":
      return numberFindings({ ...given, rule });
    case "required_when":
      return requiredFindings({ ...given, rule });
  }
}

function countFindings(given: Case<CountRule>): Finding[] {
  const { rule, control } = given;
  const { label } = rule;
  const isCounted = ([, object]: Entry): boolean => label === undefined || object.label === label;
  const title = label === undefined ? titleOf(control) : optionTitle(control, label);
  return outsideLimits(given, "count", objects(given).filter(isCounted).length, title);
}

function sizeFindings(given: Case<SizeRule>): Finding[] {
  const { rule, control } = given;
  const { measure, min = 0, max = Infinity } = rule;
  return objects(given).flatMap(([path, object]): Finding[] => {
    const size = (rule.label ?? object.label) === object.label && measured(given, object);
    if (!size) return [];
    const { smallest, largest, show, unit } = size;
    const common = { label: optionTitle(control, object.label), unit };
    const low = { ...common, size: show(smallest), least: show(min) };
    const high = { ...common, size: show(largest), most: show(max) };
    return [
      ...(smallest < min ? [{ path, code: `${measure}_low` as const, params: low }] : []),
      ...(largest > max ? [{ path, code: `${measure}_high` as const, params: high }] : []),
    ];
  });
}

interface Size {
  smallest: number;
  largest: number;
  show: (size: number) => number;
  unit: string;
}

/** The shorter and the longer side, or the area twice; null for what has no size. */
function measured({ rule, item }: Case<SizeRule>, object: Marked): Size | null {
  const lengths = sides(object);
  const extent = area(object);
  const isShare = rule.unit === "share";
  if (!lengths || extent === null || (isShare && !(item.width && item.height))) return null;
  const [width, height] = isShare ? [item.width ?? 1, item.height ?? 1] : [1, 1];
  const show = isShare ? percent : rounded;
  if (rule.measure === "area") {
    const covered = isShare ? extent / (width * height) : extent;
    return { smallest: covered, largest: covered, show, unit: isShare ? "%" : "px²" };
  }
  const [across, down] = [lengths[0] / width, lengths[1] / height];
  const [smallest, largest] = [Math.min(across, down), Math.max(across, down)];
  return { smallest, largest, show, unit: isShare ? "%" : "px" };
}

function overlapFindings(given: Case<OverlapRule>): Finding[] {
  const { rule, control } = given;
  const { labels } = rule;
  const entries = placed(given).filter(([, label]) => labels?.includes(label) ?? true);
  return suspects(entries, rule).flatMap(([earlier, later]): Finding[] => {
    const share = overlap(earlier[2], later[2]);
    if (!(share > rule.max)) return [];
    const label = optionTitle(control, later[1]);
    const other = optionTitle(control, earlier[1]);
    const params = { label, other, share: percent(share), most: percent(rule.max) };
    return [{ path: later[0], code: "overlap", params }];
  });
}

/** The first pairs whose frames let them overlap by too much, the later object second. */
function suspects(entries: Placed[], rule: OverlapRule): [Placed, Placed][] {
  const pairs: [Placed, Placed][] = [];
  for (const [index, later] of entries.entries()) {
    for (const earlier of entries.slice(0, index)) {
      const isWanted = !rule.same_label || earlier[1] === later[1];
      const isSuspect = isWanted && mostOverlap(earlier[2], later[2]) > rule.max;
      if (isSuspect) pairs.push([earlier, later]);
      if (pairs.length === MOST_PAIRS) return pairs;
    }
  }
  return pairs;
}

function insideFindings(given: Case<InsideRule>): Finding[] {
  const { rule, control } = given;
  const entries = placed(given);
  const around = entries.filter(([, label]) => label === rule.within);
  const params = {
    label: optionTitle(control, rule.label),
    other: optionTitle(control, rule.within),
  };
  let left = MOST_PAIRS;
  return entries.flatMap(([path, label, region]): Finding[] => {
    if (label !== rule.label || left <= 0) return [];
    const near = around.filter(([, , other]) => mayMeet(region, other));
    left -= near.length;
    const isInside = near.some(([, , other]) => shareInside(region, other) >= rule.share);
    return isInside ? [] : [{ path, code: "inside", params }];
  });
}

function attributeFindings(given: Case<AttributeRule>): Finding[] {
  const { rule, control } = given;
  const label = optionsOf(control).find((known) => known.value === rule.label);
  const spec = label?.attributes?.find((known) => known.name === rule.attribute);
  if (!label || !spec) return [];
  return objects(given).flatMap(([path, object]): Finding[] => {
    if (object.label !== rule.label || !isBlank(object.attributes?.[rule.attribute])) return [];
    const params = { label: titleOf(label), attribute: titleOf(spec) };
    return [{ path: `${path}.attributes`, code: "attribute", params }];
  });
}

/** An empty text is no answer: whether there must be one, `required` says. */
function numberFindings(given: Case<NumberRule>): Finding[] {
  const { rule, control } = given;
  const value = valueAt(given.answer, rule.control);
  const title = titleOf(control);
  if (rule.type === "chosen") {
    const count = Array.isArray(value) ? value.length : Number(value !== undefined);
    return outsideLimits(given, "chosen", count, title);
  }
  if (typeof value !== "string" || value === "") return [];
  return outsideLimits(given, "length", [...value].length, title);
}

function requiredFindings(given: Case<RequiredWhenRule>): Finding[] {
  const { rule, control, controls, answer } = given;
  const other = controls.get(rule.when.control);
  if (!other || !givenTo(other, answer).includes(rule.when.value)) return [];
  if (!isBlank(valueAt(answer, control.name))) return [];
  const value = optionTitle(other, rule.when.value);
  const params = { label: titleOf(control), other: titleOf(other), value };
  return [{ path: control.name, code: "required_when", params }];
}

function outsideLimits(
  { rule }: Case<CountRule | NumberRule>,
  code: "count" | "length" | "chosen",
  count: number,
  label: string,
): Finding[] {
  const { control: path, min = 0, max = Infinity } = rule;
  if (count < min) return [{ path, code: `${code}_low`, params: { label, count, least: min } }];
  if (count > max) return [{ path, code: `${code}_high`, params: { label, count, most: max } }];
  return [];
}

/** The objects of the control with their paths. */
function objects({ control, answer }: Case): Entry[] {
  const value = valueAt(answer, control.name);
  const isMarked = (entry: unknown): entry is Marked =>
    typeof entry === "object" &&
    entry !== null &&
    (control.type === "spans" ? "start" in entry : GEOMETRY.some((key) => key in entry));
  return (Array.isArray(value) ? value : []).flatMap((entry: unknown, index): Entry[] =>
    isMarked(entry) ? [[`${control.name}[${index}]`, entry]] : [],
  );
}

function placed(given: Case): Placed[] {
  return objects(given).map(([path, object]) => [path, object.label, regionOf(object)]);
}

/** Every option, label or number that was answered to a control. */
function givenTo(control: Control, answer: Answer): unknown[] {
  const value = valueAt(answer, control.name);
  const entries: unknown[] = Array.isArray(value) ? value : [value];
  return entries.map((entry) =>
    typeof entry === "object" && entry !== null ? (entry as Marked).label : entry,
  );
}

/** Own keys only: a control may be called "constructor". */
function valueAt(answer: Answer, name: string): unknown {
  return Object.hasOwn(answer, name) ? answer[name] : undefined;
}

function isBlank(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === null || (typeof value === "string" && BLANK.test(value));
}

function optionsOf(control: Control): LabelClass[] {
  if (control.type === "choice") return control.options;
  return control.type === "shapes" || control.type === "spans" ? control.labels : [];
}

function optionTitle(control: Control, value: string | number): string {
  const found = flatten(optionsOf(control)).find(({ label }) => label.value === value);
  return found ? titleOf(found.label) : String(value);
}

const percent = (share: number): number => rounded(share * 100);

/** To one decimal, halves up, as the server does it too. */
function rounded(size: number): number {
  return Math.floor(size * 10 + 0.5) / 10;
}
