// The conversation over one WebSocket, without any page: what is shown is shown once and in order,
// what is sent is stored once and in order, whatever happens to the connection between.

import { Owner, SocketError } from "./contract.js";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 15_000;
const ACK_WITHIN_MS = 10_000;
const RENEW_BEFORE_MS = 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const UNAUTHENTICATED = 4401;
const VISITOR = "assure.visitor";
const OUTBOX = "assure.outbox.";
export const LONGEST_TEXT = 10_000;

/**
 * Dispatches `change` (anything below has changed), `event` (detail: an event frame), `reset` (another
 * conversation: forget what was shown), `another` (another person: forget all), `typing` (detail: {on, from}),
 * `refused` (detail: {code, item}).
 *
 * `getToken({renew})` gives a session token, or null for a visitor; with `renew` the last one ran out.
 */
export class Transport extends EventTarget {
  state = "idle"; // connecting | replaying | ready | waiting | unauthenticated
  conversation = null;
  seq = 0;
  owner = Owner.BOT;
  /** What the person has sent and not yet seen stored: {cid, text | reply_id, title, state, code}. */
  outbox = [];
  /** The desk's clock minus this machine's, in ms. */
  skew = 0;

  #url;
  #getToken;
  #about;
  #storage;
  #socket = null;
  #token = null;
  #who;
  #target = 0;
  #tries = 0;
  #renewed = false;
  #timers = {};
  #sent = new Set();

  constructor({ url, getToken, tz, locale, storage }) {
    super();
    this.#url = url;
    this.#getToken = getToken;
    this.#about = { tz, locale };
    this.#storage = storage;
  }

  async start() {
    globalThis.addEventListener?.("online", this.wake);
    globalThis.addEventListener?.("offline", this.#lost);
    await this.#connect({ renew: false });
  }

  stop() {
    globalThis.removeEventListener?.("online", this.wake);
    globalThis.removeEventListener?.("offline", this.#lost);
    Object.values(this.#timers).forEach(clearTimeout);
    this.#drop();
    this.#become("idle");
  }

  /** Forget what anybody has not sent, and who was the visitor here. */
  forget() {
    this.outbox = [];
    this.#storage.removeItem(VISITOR);
    for (const key of Object.keys(this.#storage)) {
      if (key.startsWith(OUTBOX)) this.#storage.removeItem(key);
    }
  }

  /** Try at once instead of when the wait is over. */
  wake = () => {
    if (this.state === "waiting") this.#connect({ renew: false });
  };

  sendText(text) {
    const cid = newId();
    this.#put({ cid, text: wellFormed(text) });
    // Not even tried: a frame that is far too long would end the connection, again and again.
    if ([...text].length > LONGEST_TEXT) this.#refuse(cid, SocketError.TOO_LONG);
  }

  press(replyId, title) {
    this.#put({ cid: newId(), reply_id: replyId, title });
  }

  read(seq) {
    if (this.state === "ready") this.#write({ frame: "read", seq });
  }

  retry(cid) {
    const item = this.outbox.find((each) => each.cid === cid);
    if (!item) return;
    this.outbox = [...this.outbox.filter((each) => each !== item), { ...item, state: "pending", code: null }];
    this.#save();
    this.wake();
    this.#flush();
  }

  remove(cid) {
    this.outbox = this.outbox.filter((each) => each.cid !== cid);
    this.#save();
  }

  // Connecting.

  async #connect({ renew }) {
    this.#drop();
    this.#become("connecting");
    const attempt = (this.attempt = {});
    let token;
    try {
      token = await this.#getToken({ renew });
    } catch {
      token = undefined;
    }
    if (this.attempt !== attempt) return;
    if (token === undefined) return this.#waitAndConnect();
    if (renew && (token === null || token === this.#token)) return this.#become("unauthenticated");
    this.#know(token);
    const socket = (this.#socket = new WebSocket(this.#url));
    socket.onopen = () => this.#hello();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.#socket && this.#closed(code);
  }

  #know(token) {
    this.#token = token;
    if (this.#who !== claimant(token)) this.#greet();
    clearTimeout(this.#timers.renew);
    const until = claims(token).exp;
    if (until) {
      const left = until * 1000 - Date.now() - RENEW_BEFORE_MS;
      if (left > 0 && left < LONGEST_TIMER_MS) this.#timers.renew = setTimeout(() => this.#renew(), left);
    }
  }

  /** Nothing of others stays; the page's first one keeps what was theirs before a reload. */
  #greet() {
    const first = this.#who === undefined;
    const secret = first && !this.#token && this.#storage.getItem(VISITOR);
    this.#who = claimant(this.#token);
    const unsent = first ? [...this.#load(), ...this.outbox] : [];
    this.forget();
    if (secret) this.#storage.setItem(VISITOR, secret);
    this.outbox = unsent;
    this.#save();
    if (first) return;
    this.#reset();
    this.#tell("another");
  }

  /** A new token for the open socket, before the old one ends. */
  async #renew() {
    const token = await this.#getToken({ renew: true }).catch(() => undefined);
    if (!token || token === this.#token || this.state !== "ready") return;
    // No socket is left that knew the first one's.
    if (claimant(token) !== this.#who) return this.#connect({ renew: false });
    this.#know(token);
    this.#become("connecting");
    this.#hello();
  }

  #hello() {
    const token = this.#token ?? this.#storage.getItem(VISITOR);
    const hello = { frame: "hello", after: this.seq, ...this.#about };
    if (token) hello.token = token;
    if (this.conversation) hello.conversation = this.conversation;
    this.#write(hello);
  }

  #closed(code) {
    this.#drop();
    if (code === UNAUTHENTICATED) return this.#signInAgain();
    this.#waitAndConnect();
  }

  #signInAgain() {
    if (this.#token === null && this.#storage.getItem(VISITOR)) {
      this.#storage.removeItem(VISITOR);
      this.#reset();
      this.#connect({ renew: false });
    } else if (this.#renewed) {
      this.#become("unauthenticated");
    } else {
      this.#renewed = true;
      this.#connect({ renew: true });
    }
  }

  #waitAndConnect() {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries++);
    this.#become("waiting");
    clearTimeout(this.#timers.connect);
    this.#timers.connect = setTimeout(this.wake, longest * (0.5 + Math.random() / 2));
  }

  #lost = () => {
    if (this.state === "idle" || this.state === "unauthenticated") return;
    this.#drop();
    this.#waitAndConnect();
  };

  /** Leave the socket, if there is one, so that nothing it still brings counts. */
  #drop() {
    this.attempt = null;
    const socket = this.#socket;
    this.#socket = null;
    this.#sent.clear();
    clearTimeout(this.#timers.ack);
    clearTimeout(this.#timers.connect);
    socket?.close();
    this.#tell("typing", { on: false, from: "bot" });
  }

  // Incoming.

  #take(frame) {
    if (frame.frame === "ready") this.#ready(frame);
    else if (frame.frame === "event") this.#event(frame);
    else if (frame.frame === "ack") this.#sent.delete(frame.cid);
    else if (frame.frame === "typing") this.#tell("typing", frame);
    else if (frame.frame === "error") this.#error(frame);
  }

  #ready(frame) {
    if (frame.resume) this.#storage.setItem(VISITOR, frame.resume);
    const another = this.conversation !== null && this.conversation !== frame.conversation;
    if (another || frame.seq < this.seq) {
      this.#reset();
      this.conversation = frame.conversation;
      return this.#hello();
    }
    this.conversation = frame.conversation;
    this.owner = frame.owner;
    this.skew = Date.parse(frame.server_now) - Date.now();
    this.#target = frame.seq;
    this.#tries = 0;
    this.#renewed = false;
    this.#become("replaying");
    this.#caughtUp();
  }

  #event(frame) {
    if (frame.conversation !== this.conversation || frame.seq <= this.seq) return;
    if (frame.seq > this.seq + 1) {
      this.#become("connecting");
      return this.#hello();
    }
    this.seq = frame.seq;
    if (frame.type === "owner") this.owner = frame.body.owner;
    if (this.state === "ready") this.skew = Date.parse(frame.ts) - Date.now();
    if (frame.cid) this.remove(frame.cid);
    this.#tell("event", frame);
    this.#caughtUp();
  }

  #caughtUp() {
    if (this.state !== "replaying" || this.seq < this.#target) return;
    this.#become("ready");
    this.#flush();
  }

  #error({ code, cid }) {
    if (code === SocketError.UNAUTHENTICATED) return;
    if (code === SocketError.NOT_FOUND && !cid) {
      // Asked for none and not found: this one can have no conversation here, an agent for example.
      if (this.conversation === null) {
        this.#drop();
        return this.#become("unauthenticated");
      }
      this.#reset();
      return this.#hello();
    }
    // A refusal that names nothing is of the first that has no answer; were it not, its event still comes.
    this.#refuse(cid ?? this.#sent.values().next().value, code);
  }

  /** Shown as not sent, and sent again only if the person asks for it. */
  #refuse(cid, code) {
    const item = this.outbox.find((each) => each.cid === cid);
    if (!item) return;
    this.#sent.delete(cid);
    if (code === SocketError.EXPIRED_REPLY) this.remove(cid);
    else this.#mark(cid, { state: "failed", code });
    this.#tell("refused", { code, item });
  }

  // Outgoing: kept until it comes back as an event, sent only after the replay, in order.

  #put(item) {
    this.outbox = [...this.outbox, { ...item, state: "pending", at: Date.now() }];
    this.#save();
    this.wake();
    // What is refused before it is sent is not pending any more when this runs.
    queueMicrotask(() => this.#flush());
  }

  #flush() {
    if (this.state !== "ready") return;
    for (const { cid, text, reply_id, state } of this.outbox) {
      if (state !== "pending" || this.#sent.has(cid)) continue;
      this.#sent.add(cid);
      this.#write(text === undefined ? { frame: "send", cid, reply_id } : { frame: "send", cid, text });
    }
    clearTimeout(this.#timers.ack);
    if (this.#sent.size) this.#timers.ack = setTimeout(() => this.#sent.size && this.#lost(), ACK_WITHIN_MS);
  }

  #write(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #mark(cid, change) {
    this.outbox = this.outbox.map((each) => (each.cid === cid ? { ...each, ...change } : each));
    this.#save();
  }

  get #outboxKey() {
    return OUTBOX + this.#who;
  }

  #load() {
    try {
      return JSON.parse(this.#storage.getItem(this.#outboxKey)) ?? [];
    } catch {
      return [];
    }
  }

  #save() {
    if (this.outbox.length) this.#storage.setItem(this.#outboxKey, JSON.stringify(this.outbox));
    else this.#storage.removeItem(this.#outboxKey);
    this.#tell("change");
  }

  #reset() {
    this.conversation = null;
    this.seq = 0;
    this.#tell("reset");
  }

  #become(state) {
    this.state = state;
    this.#tell("change");
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");
}

/** Halves of surrogate pairs are no text: the desk could not keep them. */
function wellFormed(text) {
  return text.toWellFormed?.() ?? text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Whose token it is, as the key of what they have not sent. */
function claimant(token) {
  const { sub, account } = claims(token);
  return sub ? `${account}.${sub}` : "visitor";
}

/** What a token says about itself; only the server may believe it. */
function claims(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  } catch {
    return {};
  }
}
