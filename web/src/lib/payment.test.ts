import { expect, test, vi } from "vitest";

import { paymentPage } from "./payment";

test("leads to a page of the web and to nothing else", () => {
  vi.stubGlobal("location", { href: "https://tickets.example/sales/sale_1" });
  expect(paymentPage({ payment_url: "https://pay.example/pay/1" })).toBe("https://pay.example/pay/1");
  expect(paymentPage({ payment_url: "/pay/1" })).toBe("https://tickets.example/pay/1");
  expect(paymentPage({ payment_url: "javascript:alert(1)" })).toBeNull();
  expect(paymentPage({ payment_url: null })).toBeNull();
  expect(paymentPage({})).toBeNull();
});
