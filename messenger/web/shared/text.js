import { html } from "../vendor/lit.js";

// Words from the conversation are text nodes, never markup. Only what the desk itself says gets links,
// so that nobody can send somebody else one; and only to web addresses.

const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;
// A number of an order or claim stays on one line.
const ID = /\b[A-Z]{2,4}(?:-\d+)+\b/g;
const POINT = "· ";

/** What the desk says: lines as paragraphs, lines that begin with a point as a list. */
export function prose(text) {
  return blocks(text).map(({ points, lines }) =>
    points
      ? html`<ul>${lines.map((line) => html`<li dir="auto">${linked(line.slice(POINT.length))}</li>`)}</ul>`
      : lines.map((line) => html`<p dir="auto">${linked(line)}</p>`),
  );
}

/** What a person wrote, as they wrote it. */
export const verbatim = (text) => html`<p class="verbatim" dir="auto">${whole(text)}</p>`;

function blocks(text) {
  const found = [];
  for (const line of text.split("\n").filter((each) => each.trim())) {
    const points = line.startsWith(POINT);
    if (found.at(-1)?.points !== points) found.push({ points, lines: [] });
    found.at(-1).lines.push(line);
  }
  return found;
}

function linked(line) {
  const link = (address) => html`<a href=${address} target="_blank" rel="noopener noreferrer">${address}</a>`;
  return replaced(line, LINK, link).flatMap((part) => (typeof part === "string" ? whole(part) : part));
}

/** `line` with the numbers in it kept whole. */
export const whole = (line) => replaced(line, ID, (id) => html`<span class="id">${id}</span>`);

/** The text between the matches, and what `draw` makes of each match. */
function replaced(text, pattern, draw) {
  const parts = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    parts.push(text.slice(end, index), draw(match));
    end = index + match.length;
  }
  return [...parts, text.slice(end)];
}
