/** The rules of a label schema, as tasks/kinds/rules.py normalises them, and what breaks one. */

export type Severity = "block" | "warn";

interface Shared {
  id: string;
  control: string;
  severity: Severity;
  message?: string;
}

interface Limits {
  min?: number;
  max?: number;
}

export interface CountRule extends Shared, Limits {
  type: "count";
  label?: string;
}

export interface SizeRule extends Shared, Limits {
  type: "size";
  label?: string;
  measure: "side" | "area";
  unit: "pixels" | "share";
}

export interface OverlapRule extends Shared {
  type: "overlap";
  labels?: string[];
  same_label: boolean;
  max: number;
}

export interface InsideRule extends Shared {
  type: "inside";
  label: string;
  within: string;
  share: number;
}

export interface AttributeRule extends Shared {
  type: "attribute";
  label: string;
  attribute: string;
}

export interface NumberRule extends Shared, Limits {
  type: "length" | "chosen";
}

export interface RequiredWhenRule extends Shared {
  type: "required_when";
  when: { control: string; value: string | number };
}

export type Rule =
  CountRule | SizeRule | OverlapRule | InsideRule | AttributeRule | NumberRule | RequiredWhenRule;

type Code =
  | "message"
  | "count_low"
  | "count_high"
  | "side_low"
  | "side_high"
  | "area_low"
  | "area_high"
  | "overlap"
  | "inside"
  | "attribute"
  | "length_low"
  | "length_high"
  | "chosen_low"
  | "chosen_high"
  | "required_when";
type Params = Record<string, string | number>;

/** A rule that an answer breaks at one place, as `objects[3]`. */
export interface Broken {
  rule: string;
  path: string;
  code: Code;
  severity: Severity;
  params: Params;
}
