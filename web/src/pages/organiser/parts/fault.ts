// What the server finds wrong with a form, field by field.


import type { Problem } from "../../../lib/problem";
import { whatHappened } from "../../../lib/notice";

export interface Fault { readonly pointer: string; readonly sentence: string; readonly code: string }

/** Every fault with the JSON pointer of its field. */
export function faults(problem: Problem | null): Fault[] {
  if (!problem) return [];
  const list = (problem.body.errors ?? []).map((one) => {
    const { pointer = "", message, detail, code } = one as { pointer?: string; message?: string; detail?: string; code?: string };
    return { pointer, sentence: detail ?? message ?? "", code: code ?? problem.code };
  });
  const pointer = problem.body.pointer ?? problem.body.field;
  if (list.length > 0 || typeof pointer !== "string") return list;
  return [{ pointer, sentence: whatHappened(problem), code: problem.code }];
}

/** What is wrong with the field at this pointer, or below it. */
export function faultAt(problem: Problem | null, pointer: string): string | null {
  return faults(problem).find((fault) => fault.pointer === pointer || fault.pointer.startsWith(`${pointer}/`))?.sentence ?? null;
}

/** Whether one of these fields is to blame, so that the notice above the form need not say it again. */
export const isAt = (problem: Problem | null, ...pointers: string[]): boolean => pointers.some((pointer) => faultAt(problem, pointer) !== null);

