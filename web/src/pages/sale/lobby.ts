// What the lobby says: whether there is a draw, whether the line is open, and why one stands outside.

import type { Place, Status } from "../../lib/live";

interface Situation { status: Status; place: Place | null; signedIn: boolean; open: boolean; gathering: boolean }

/** Keys of texts; `joined` when there is nothing to press. */
interface LobbyTexts { title: string; lead: string | null; join: string; hint: string; joined: boolean }

const BACK = new Set(["left", "absent", "timed_out"]);

export function lobbyTexts({ status, place, signedIn, open, gathering }: Situation): LobbyTexts {
  if (status.draw && !open) {
    // In a draw one may come before the opening, and when one comes does not matter.
    const joined = signedIn && place?.stage === "in_lobby";
    return {
      title: joined ? "draw.joined" : gathering ? "draw.title" : "draw.title_later",
      lead: joined ? "draw.joined_text" : gathering ? null : "draw.lead_later",
      join: "draw.join", hint: signedIn ? "draw.people" : "lobby.hint_account", joined,
    };
  }
  const back = place && BACK.has(place.stage) ? place.stage : null;
  return {
    title: open ? "lobby.title_open" : "lobby.title_scheduled",
    lead: back ? `lobby.${back}` : status.stage === "paused" ? "lobby.paused" : open ? "lobby.lead_open" : "lobby.lead_scheduled",
    join: back ? "lobby.join_again" : "lobby.join",
    hint: !signedIn ? "lobby.hint_account" : open ? "lobby.hint_open" : "lobby.hint_wait",
    joined: false,
  };
}
