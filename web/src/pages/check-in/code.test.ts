import { describe, expect, it } from "vitest";

import { base32, parse, tidy } from "./code";
import { GOLDEN_AREA, GOLDEN_KEY, GOLDEN_SEAT } from "./golden";
import { verify } from "./keys";

const golden = (text: string): NonNullable<ReturnType<typeof parse>> => {
  const code = parse(text);
  if (!code) throw new Error("The golden code was not read.");
  return code;
};

describe("a ticket code", () => {
  it("is read as the server wrote it", () => {
    expect(golden(GOLDEN_SEAT)).toMatchObject({
      key: GOLDEN_KEY.id, ticket: { id: "sale_1-17", sale: "sale_1", seat: 4_711, area: null, startsAtMs: 1_798_747_200_000 },
    });
    expect(golden(GOLDEN_AREA).ticket).toMatchObject({ id: "sale_1-17", seat: null, area: 2 });
  });

  it("may be typed with spaces and small letters", () => {
    expect(parse(tidy(` ${GOLDEN_SEAT.toLowerCase().slice(0, 40)} \n${GOLDEN_SEAT.slice(40)}`))).not.toBeNull();
  });

  it("is refused in any other form", () => {
    const wrong = ["", "ONSALE1.", "onsale", GOLDEN_SEAT.slice(0, -1), `${GOLDEN_SEAT}A`, GOLDEN_SEAT.slice(1),
      GOLDEN_SEAT.replace("ONSALE1", "ONSALE2"), `${GOLDEN_SEAT.slice(0, -1)}=`, GOLDEN_SEAT.repeat(3), "https://example.org"];
    for (const text of wrong) expect(parse(text), text).toBeNull();
  });

  it("has one spelling only", () => {
    expect(base32("AA")).toEqual(new Uint8Array([0]));
    expect(base32("AB")).toBeNull();
    expect(base32("A")).toBeNull();
    expect(base32("a2")).toBeNull();
  });
});

describe("the signature", () => {
  it("is verified with the published key", async () => {
    expect(await verify(golden(GOLDEN_SEAT), [GOLDEN_KEY])).toBe("genuine");
    expect(await verify(golden(GOLDEN_AREA), [GOLDEN_KEY])).toBe("genuine");
  });

  it("gives a changed ticket away", async () => {
    // One letter within the serial number.
    const forged = golden(GOLDEN_SEAT.replace("AAABC2", "AAADC2"));
    expect(forged.ticket.id).not.toBe("sale_1-17");
    expect(await verify(forged, [GOLDEN_KEY])).toBe("forged");
  });

  it("of an unknown key is not believed, and without keys nothing is said", async () => {
    expect(await verify(golden(GOLDEN_SEAT), [{ ...GOLDEN_KEY, id: "00000000" }])).toBe("key_unknown");
    expect(await verify(golden(GOLDEN_SEAT), [])).toBe("unable");
  });
});
