import { css, html, nothing } from "../vendor/lit.js";
import { card } from "./cards.js";
import { bell, person } from "./icons.js";
import { prose, verbatim } from "./text.js";

// Events as people read them, for the widget and the console alike.

/** `own`: which side reads; `options(event)` draws the buttons of an event. */
export function entries(events, { own, tools, options = () => nothing }) {
  const { say, format } = tools;
  let day = null;
  return events.map((event) => {
    const first = day === null || !format.sameDay(day, event.ts);
    day = event.ts;
    return html`${first ? html`<p class="day"><span>${format.longDay(event.ts)}</span></p>` : nothing}
      ${entry(event, { own, say, format, tools, options })}`;
  });
}

function entry(event, { own, say, format, tools, options }) {
  const { type, from, body, ts } = event;
  const typed = from === "buyer" || from === "supplier";
  const side = from === own ? "mine" : type === "owner" || type === "notice" ? "news" : "theirs";
  const name = from === own ? say("widget.you") : say(`widget.${from}`);
  return html`<article class="entry ${side}" data-seq=${event.seq} data-type=${type} data-from=${from}>
    <span class="hidden name">${name}: </span>
    ${side === "news" ? html`<span class="sign">${type === "owner" ? person : bell}</span>` : nothing}
    <div class="said">
      ${typed ? verbatim(body.text) : prose(body.text)}
      ${type === "card" ? card(body, tools) : nothing}
      ${options(event)}
    </div>
    <time datetime=${ts}>${format.time(ts)}</time>
  </article>`;
}

export const transcript = css`
  .day { text-align: center; margin-block: 0.75rem; font-size: 0.8rem; color: var(--quiet); }
  .day span { padding: 0.1rem 0.7rem; border: 1px solid var(--line); border-radius: 99px; background: var(--paper); }
  .entry { display: grid; gap: 0.15rem; margin-block: 0.6rem; max-inline-size: 92%; }
  .entry.mine { margin-inline-start: auto; justify-items: end; max-inline-size: 82%; }
  .entry time { font-size: 0.72rem; color: var(--quiet); padding-inline: 0.35rem; }
  .said { padding: 0.6rem 0.85rem; border-radius: 4px 16px 16px; background: var(--sheet); border: 1px solid var(--line); overflow-wrap: anywhere; }
  .said > * + * { margin-block-start: 0.4rem; }
  .mine .said { border-radius: 16px 4px 16px 16px; background: var(--hold); color: var(--on-hold); border-color: transparent; }
  .verbatim { white-space: pre-wrap; }
  .said ul { padding-inline-start: 1.1rem; }
  .news { grid-template-columns: auto 1fr; max-inline-size: 100%; }
  .news .sign { color: var(--date); padding-block-start: 0.55rem; padding-inline-end: 0.4rem; }
  .news .said { background: var(--date-soft); border-color: transparent; border-radius: 12px; }
  .news time { grid-column: 2; }
  .card { padding: 0.7rem 0.8rem; border: 1px solid var(--line); border-radius: 12px; background: var(--paper); font-size: 0.9rem; }
  .card > * + * { margin-block-start: 0.45rem; }
  .card .head { display: flex; justify-content: space-between; gap: 0.6rem; font-size: 0.8rem; color: var(--quiet); flex-wrap: wrap; }
  .card .head bdi { font-variant-numeric: tabular-nums; font-weight: 600; color: var(--ink); }
  .card .what { font-weight: 600; }
  .card dl { display: grid; gap: 0.25rem; }
  .card dl div { display: grid; grid-template-columns: minmax(6.5rem, 38%) 1fr; gap: 0.6rem; }
  .card dt { color: var(--quiet); }
  .card dd { font-variant-numeric: tabular-nums; font-weight: 600; }
  .card .quiet { font-weight: 400; color: var(--quiet); }
  .card .date { color: var(--date); }
  .shipments { display: grid; gap: 0.35rem; padding: 0; list-style: none; }
  .shipments li { display: grid; padding-inline-start: 0.6rem; border-inline-start: 3px solid var(--line); }
  .shipments .done { border-color: var(--hold); }
  .answer { font-weight: 700; }
  .answer.yes { color: var(--hold); }
  .answer.no { color: var(--alarm); }
  .steps { display: grid; grid-auto-flow: column; grid-auto-columns: auto; gap: 0.3rem; padding: 0; list-style: none; font-size: 0.76rem; color: var(--quiet); white-space: nowrap; }
  .steps li { border-block-start: 3px solid var(--line); padding-block-start: 0.25rem; }
  .steps .done { border-color: var(--hold); color: var(--ink); }
  .steps .icon { inline-size: 1em; block-size: 1em; margin-inline-end: 0.15em; color: var(--hold); }
  .choices { display: flex; flex-wrap: wrap; gap: 0.4rem; }
`;
