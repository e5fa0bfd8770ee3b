import { expect, test } from "vitest";

import type { Place, Status } from "../../lib/live";
import { lobbyTexts } from "./lobby";

const situation = { place: null, signedIn: true, open: false, gathering: false };
const status = (draw: object | null = null, stage = "scheduled"): Status => ({ stage, draw }) as unknown as Status;
const place = (stage: string): Place => ({ stage }) as Place;

test("before the opening one waits for it, and signs in first", () => {
  expect(lobbyTexts({ ...situation, status: status() })).toMatchObject({ title: "lobby.title_scheduled", hint: "lobby.hint_wait", join: "lobby.join" });
  expect(lobbyTexts({ ...situation, status: status(), signedIn: false }).hint).toBe("lobby.hint_account");
});

test("who comes back is told why they are outside, also while the sale is paused", () => {
  const texts = lobbyTexts({ ...situation, status: status(null, "paused"), place: place("absent"), open: true });
  expect(texts).toMatchObject({ lead: "lobby.absent", join: "lobby.join_again" });
  expect(lobbyTexts({ ...situation, status: status(null, "paused"), open: true }).lead).toBe("lobby.paused");
});

test("a draw gathers people, and then there is nothing to press", () => {
  const draw = status({ people: 3 });
  expect(lobbyTexts({ ...situation, status: draw })).toMatchObject({ title: "draw.title_later", joined: false });
  expect(lobbyTexts({ ...situation, status: draw, gathering: true })).toMatchObject({ title: "draw.title", lead: null, hint: "draw.people" });
  expect(lobbyTexts({ ...situation, status: draw, gathering: true, place: place("in_lobby") })).toMatchObject({ title: "draw.joined", joined: true });
});

test("after the draw the line is as any other", () => {
  expect(lobbyTexts({ ...situation, status: status({ people: 3 }, "open"), open: true }).title).toBe("lobby.title_open");
});
