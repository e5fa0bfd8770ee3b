// How rows are named and seats are numbered.

export interface RowNaming {
  /** 1, 2, 3; A, B, C; or letters without I and O, which read like digits. */
  readonly scheme: "numbers" | "letters" | "clear_letters";
  readonly from: "front" | "back";
  /** The number, or the place in the alphabet, of the first one. */
  readonly start: number;
}

export interface SeatNumbering {
  /** From the left or right end; or odd to one side and even to the other, from the middle outwards. */
  readonly scheme: "left" | "right" | "odd_right" | "odd_left";
  readonly start: number;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const CLEAR = "ABCDEFGHJKLMNPQRSTUVWXYZ";

/** Names of `count` rows, the front one first. */
export function rowNames(count: number, { scheme, from, start }: RowNaming): string[] {
  const name = (index: number): string => {
    if (scheme === "numbers") return String(index);
    return lettered(index, scheme === "letters" ? ALPHABET : CLEAR);
  };
  const names = Array.from({ length: count }, (_, row) => name(start + row));
  return from === "front" ? names : names.reverse();
}

/** 1 is A, 26 is Z, 27 is AA. */
function lettered(index: number, letters: string): string {
  let name = "";
  for (let rest = Math.max(index, 1); rest > 0; rest = Math.floor((rest - 1) / letters.length)) {
    name = (letters[(rest - 1) % letters.length] ?? "") + name;
  }
  return name;
}

/** Numbers of `count` seats of a row, the left one first. */
export function seatNumbers(count: number, { scheme, start }: SeatNumbering): string[] {
  const from = (index: number): string => String(start + index);
  switch (scheme) {
    case "left": return Array.from({ length: count }, (_, seat) => from(seat));
    case "right": return Array.from({ length: count }, (_, seat) => from(count - 1 - seat));
    case "odd_right": return outwards(count, start);
    case "odd_left": return outwards(count, start).reverse();
  }
}

/** Right of the middle 1, 3, 5; left of it 2, 4, 6. The seat in the middle of an odd row is 1. */
function outwards(count: number, start: number): string[] {
  const left = Math.floor(count / 2);
  return Array.from({ length: count }, (_, seat) =>
    String(start - 1 + (seat < left ? 2 * (left - seat) : 2 * (seat - left) + 1)));
}
