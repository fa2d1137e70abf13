/**
 * Strings that outlive the page. Browsers that block storage (private windows, sandboxed frames)
 * throw on every touch: then the memory of the page has to do.
 */
export class Storage {
  private readonly memory = new Map<string, string>();

  constructor(
    private readonly prefix: string,
    private readonly open: () => globalThis.Storage | null,
  ) {}

  read(name: string): string | null {
    const stored = this.attempt((storage) => storage.getItem(this.prefix + name));
    return stored ?? this.memory.get(name) ?? null;
  }

  write(name: string, value: string): void {
    this.memory.set(name, value);
    this.attempt((storage) => storage.setItem(this.prefix + name, value));
  }

  remove(name: string): void {
    this.memory.delete(name);
    this.attempt((storage) => storage.removeItem(this.prefix + name));
  }

  private attempt<T>(use: (storage: globalThis.Storage) => T): T | null {
    try {
      const storage = this.open();
      return storage ? use(storage) : null;
    } catch {
      return null;
    }
  }
}
