// Who is signed in at this page: kept for this tab alone, so that a shared machine forgets it with the tab.

export class Session {
  #key;
  #storage;
  #latest = null;

  constructor(key, storage = sessionStorage) {
    this.#key = key;
    this.#storage = storage;
  }

  get person() {
    return JSON.parse(this.#storage.getItem(this.#key) ?? "null");
  }

  /** Whether they are signed in now: who signs in or out meanwhile comes before them. */
  async signIn(person) {
    const attempt = (this.#latest = {});
    const body = JSON.stringify({ person });
    const answer = await fetch("/api/demo/sign-in", { method: "POST", body });
    const known = await answer.text();
    if (this.#latest !== attempt) return false;
    if (!answer.ok) throw new Error(`sign-in: ${answer.status}`);
    this.#storage.setItem(this.#key, known);
    return true;
  }

  signOut() {
    this.#latest = null;
    this.#storage.removeItem(this.#key);
  }

  /** A token, made anew when the last one ran out; null for a visitor. */
  token = async ({ renew = false } = {}) => {
    if (renew && this.person) await this.signIn(this.person.person);
    return this.person?.token ?? null;
  };
}

/** Who can be signed in as, and what could be asked; nobody outside the demo world. */
export async function demoWorld() {
  const answer = await fetch("/api/demo/people");
  return answer.ok ? answer.json() : { people: [], asks: [] };
}
