import { parseObject, stringOf } from "./json";
import { Storage } from "./storage";

const PREFIX = "gatehouse:";
const NAME = "account";

/**
 * The name under which somebody signed in here. The session's cookie can't be seen by scripts, so
 * this tells pages whether asking the server makes sense. It is a hint and proves nothing.
 */
export class RememberedAccount {
  private readonly storage = new Storage(PREFIX, () => localStorage);

  name(): string | null {
    return stringOf(parseObject(this.storage.read(NAME) ?? "") ?? {}, "name");
  }

  /** Written anew each time, so that other tabs hear of it even if the name is the same. */
  remember(name: string): void {
    this.storage.write(NAME, JSON.stringify({ name, since_ms: Date.now() }));
  }

  forget(): void {
    this.storage.remove(NAME);
  }

  /** Calls `listener` when another tab signed in or out. */
  onChange(listener: () => void): void {
    addEventListener("storage", ({ key }) => {
      if (key === PREFIX + NAME || key === null) listener();
    });
  }
}
