// Small things the cockpit says the same way everywhere.

import { language } from "../../../lib/i18n";

/** A time of day on the reader's clock. */
export const clockTime = (atMs: number): string => new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }).format(atMs);
