/** What an event can be; the words are `own_events.category.*`. */
export const CATEGORIES = ["concert", "theatre", "musical", "classical", "dance", "comedy", "sport", "exhibition", "family", "other"] as const;
