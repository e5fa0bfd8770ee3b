import { expect, test, vi } from "vitest";

import { until } from "./until";

vi.mock("./i18n", () => ({ t: (key: string, { count }: { count: number }) => `${key} ${count}` }));

test("days from two on, and never a time that is shorter than the truth by a day", () => {
  const [hour, day] = [3_600_000, 86_400_000];
  expect(until(2 * day)).toBe("board.days 2");
  expect(until(4 * day - 1)).toBe("board.days 3");
  expect(until(2 * day - 1_000)).toBe("47:59:59");
  expect(until(day + hour)).toBe("25:00:00");
  expect(until(123_000)).toBe("2:03");
  expect(until(0)).toBe("0:00");
});
