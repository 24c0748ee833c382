/**
 * What a person has on this device and the server does not: unsent actions and drafts.
 *
 * One IndexedDB database a person, so that two people at one computer never meet; logging out
 * deletes it (pages/logout.ts). Where the browser keeps none, memory has to do.
 */

export type Table = "actions" | "drafts";
export const PREFIX = "labelops-";
const VERSION = 1;

export interface Store {
  /** Resolves when the value is on the disk. */
  put(table: Table, key: string, value: unknown): Promise<void>;
  remove(table: Table, key: string): Promise<void>;
  /** All values by key, in the order of the keys. */
  all<T>(table: Table): Promise<[string, T][]>;
}

export async function openStore(person: string): Promise<Store> {
  try {
    return new DiskStore(await opened(PREFIX + person));
  } catch {
    return new MemoryStore();
  }
}

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("actions");
      request.result.createObjectStore("drafts");
    };
    request.onsuccess = () => {
      // A logout in another tab deletes the database: this connection must not stand in its way.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
    request.onblocked = () => reject(new Error("IndexedDB is blocked"));
  });
}

class DiskStore implements Store {
  constructor(private readonly database: IDBDatabase) {}

  put(table: Table, key: string, value: unknown): Promise<void> {
    return this.write(table, (rows) => rows.put(value, key));
  }

  remove(table: Table, key: string): Promise<void> {
    return this.write(table, (rows) => rows.delete(key));
  }

  all<T>(table: Table): Promise<[string, T][]> {
    return new Promise((resolve, reject) => {
      const rows = this.database.transaction(table).objectStore(table);
      const [keys, values] = [rows.getAllKeys(), rows.getAll()];
      values.onsuccess = () => {
        resolve(keys.result.map((key, index) => [String(key), values.result[index] as T]));
      };
      values.onerror = () => reject(values.error ?? new Error("IndexedDB"));
    });
  }

  private write(table: Table, change: (rows: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { durability: "strict" } as const;
      const transaction = this.database.transaction(table, "readwrite", options);
      change(transaction.objectStore(table));
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB"));
    });
  }
}

export class MemoryStore implements Store {
  private readonly tables = { actions: new Map<string, unknown>(), drafts: new Map() };

  async put(table: Table, key: string, value: unknown): Promise<void> {
    this.tables[table].set(key, structuredClone(value));
  }

  async remove(table: Table, key: string): Promise<void> {
    this.tables[table].delete(key);
  }

  async all<T>(table: Table): Promise<[string, T][]> {
    const rows = [...this.tables[table]] as [string, T][];
    return rows.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
