// What this device keeps in IndexedDB: the queue, who came in here, the keys. Without IndexedDB, until the page closes.

import type { Conflict, Entry, Keeper } from "./queue";

const STORES = ["entries", "conflicts", "seen", "facts"] as const;
type StoreName = (typeof STORES)[number];

export interface Keep extends Keeper {
  /** False where nothing outlives the page. */
  lasting: boolean;
  /** When a ticket came in at this device; null if it did not. */
  seenAt(ticket: string): Promise<number | null>;
  see(ticket: string, atMs: number): Promise<void>;
  /** Forgets who came in before that moment. */
  forgetSeen(beforeMs: number): Promise<void>;
  fact<T>(name: string): Promise<T | null>;
  putFact(name: string, value: unknown): Promise<void>;
}

interface Table {
  get(store: StoreName, key: string): Promise<unknown>;
  all(store: StoreName): Promise<unknown[]>;
  put(store: StoreName, key: string, value: unknown): Promise<void>;
  drop(store: StoreName, key: string): Promise<void>;
}

interface Sight { ticket: string; atMs: number }

export async function openKeep(): Promise<Keep> {
  const table = await openTable().catch(() => null);
  return keepIn(table ?? inMemory(), table !== null);
}

/** A keep over any table. */
export function keepIn(table: Table, lasting = false): Keep {
  return {
    lasting,
    entries: async () => (await table.all("entries")) as Entry[],
    conflicts: async () => (await table.all("conflicts")) as Conflict[],
    putEntry: (entry) => table.put("entries", entry.ticket.id, entry),
    dropEntry: (ticket) => table.drop("entries", ticket),
    putConflict: (conflict) => table.put("conflicts", conflict.ticket.id, conflict),
    dropConflict: (ticket) => table.drop("conflicts", ticket),
    seenAt: async (ticket) => ((await table.get("seen", ticket)) as Sight | undefined)?.atMs ?? null,
    see: (ticket, atMs) => table.put("seen", ticket, { ticket, atMs }),
    async forgetSeen(beforeMs) {
      const old = ((await table.all("seen")) as Sight[]).filter(({ atMs }) => atMs < beforeMs);
      await Promise.all(old.map(({ ticket }) => table.drop("seen", ticket)));
    },
    fact: async <T>(name: string) => ((await table.get("facts", name)) as T | undefined) ?? null,
    putFact: (name, value) => table.put("facts", name, value),
  };
}

export function inMemory(): Table {
  const stores = new Map(STORES.map((name) => [name, new Map<string, unknown>()]));
  const of = (name: StoreName): Map<string, unknown> => stores.get(name) ?? new Map<string, unknown>();
  return {
    get: async (store, key) => of(store).get(key),
    all: async (store) => [...of(store).values()].map((value) => structuredClone(value)),
    put: async (store, key, value) => void of(store).set(key, structuredClone(value)),
    drop: async (store, key) => void of(store).delete(key),
  };
}

async function openTable(): Promise<Table> {
  const opening = indexedDB.open("onsale-gate", 1);
  opening.onupgradeneeded = () => STORES.forEach((name) => opening.result.createObjectStore(name));
  const database = await answered(opening);
  const store = (name: StoreName, mode: IDBTransactionMode): IDBObjectStore => database.transaction(name, mode).objectStore(name);
  return {
    get: (name, key) => answered(store(name, "readonly").get(key)),
    all: (name) => answered(store(name, "readonly").getAll()),
    put: async (name, key, value) => void (await answered(store(name, "readwrite").put(value, key))),
    drop: async (name, key) => void (await answered(store(name, "readwrite").delete(key))),
  };
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB refused."));
  });
}
