import { html } from "../vendor/lit.js";

// Words from the conversation are text nodes, never markup, and never links: what the desk says names products
// and suppliers as third parties have written them.

// A number of an order or claim stays on one line.
const ID = /\b[A-Z]{2,4}(?:-\d+)+\b/g;
const POINT = "· ";

/** What the desk says: lines as paragraphs, lines that begin with a point as a list. */
export function prose(text) {
  return blocks(text).map(({ points, lines }) =>
    points
      ? html`<ul>${lines.map((line) => html`<li dir="auto">${whole(line.slice(POINT.length))}</li>`)}</ul>`
      : lines.map((line) => html`<p dir="auto">${whole(line)}</p>`),
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

/** `line` with the numbers in it kept whole. */
export function whole(line) {
  const parts = [];
  let end = 0;
  for (const { 0: id, index } of line.matchAll(ID)) {
    parts.push(line.slice(end, index), html`<span class="id">${id}</span>`);
    end = index + id.length;
  }
  return [...parts, line.slice(end)];
}
