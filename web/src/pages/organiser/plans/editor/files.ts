// Plans as files: pretix JSON and SVG in, pretix JSON out.

import { t } from "../../../../lib/i18n";
import type { Remark } from "./Checks.svelte";
import type { Plan } from "./model/plan";
import { readText, type Mistake } from "./model/pretix_read";
import { write } from "./model/pretix_write";

/** `wrong` says why there is no plan. */
export type Opened = { plan: Plan; remarks: Remark[] } | { plan: null; wrong: string };

const BYTES_MAX = 32 * 1024 * 1024;

export async function open(file: File): Promise<Opened> {
  if (file.size > BYTES_MAX) return { plan: null, wrong: t("editor.file_large") };
  const text = await file.text();
  if (/^\s*[[{]/.test(text)) return openJson(text);
  const { readSvg } = await import("./model/svg");
  const plan = readSvg(text, { plan: file.name.replace(/\.\w+$/, ""), section: t("editor.new.section"), level: (index) => `${t("editor.new.level")} ${index}` });
  if (!plan) return { plan: null, wrong: t("editor.file_unknown") };
  if (plan.blocks.length === 0 && plan.areas.length === 0) return { plan: null, wrong: t("editor.svg_empty") };
  return { plan, remarks: [] };
}

function openJson(text: string): Opened {
  const { plan, mistakes } = readText(text);
  if (!plan) return { plan: null, wrong: t("editor.file_malformed", { what: mistakes[0]?.what }) };
  return { plan, remarks: mistakes.map(remark) };
}

const remark = ({ code, pointer, what, guid }: Mistake): Remark =>
  ({ sentence: t(`editor.mistake.${code}`, { what }), pointer, ids: [], guids: guid === null ? [] : [guid] });

export function download(plan: Plan): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(write(plan))], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${plan.name.trim().replace(/[^\p{L}\p{N}]+/gu, "-") || "plan"}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
