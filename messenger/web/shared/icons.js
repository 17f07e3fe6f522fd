import { svg, html } from "../vendor/lit.js";

// Drawn on a grid of 20, in the colour of the text beside them; never the only bearer of a meaning.
const icon = (shape) => html`<svg viewBox="0 0 20 20" class="icon" aria-hidden="true" focusable="false">${shape}</svg>`;

/** The mark: something held between two brackets until both sides are done. */
export const mark = icon(svg`<path d="M7 3H3.5v14H7M13 3h3.5v14H13" /><circle cx="10" cy="10" r="3" class="solid" />`);
export const talk = icon(svg`<path d="M3 4.5h14v9.5H9.5L5.5 17v-3H3z" />`);
export const close = icon(svg`<path d="m5 5 10 10M15 5 5 15" />`);
export const down = icon(svg`<path d="M10 4v11M5.5 10.5 10 15l4.5-4.5" />`);
export const send = icon(svg`<path d="M10 16V4.5M5 9.5l5-5 5 5" />`);
export const check = icon(svg`<path d="m4 10.5 4 4 8-9" />`);
export const clock = icon(svg`<circle cx="10" cy="10" r="7" /><path d="M10 6v4.2l2.8 1.8" />`);
export const person = icon(svg`<circle cx="10" cy="7" r="3.2" /><path d="M3.5 17c.6-3.6 3-5.2 6.5-5.2s5.9 1.6 6.5 5.2" />`);
export const bell = icon(svg`<path d="M10 3.200c-3 0-4.6 2.1-4.6 4.9 0 3.4-1.4 4.4-1.4 5.400h12c0-1-1.4-2-1.4-5.4 0-2.8-1.6-4.9-4.6-4.900zM8.3 16.500h3.4" />`);
export const alert = icon(svg`<path d="M10 3.5 17.5 16.500h-15zM10 8.500v3.500M10 14.200v.1" />`);
export const cross = icon(svg`<circle cx="10" cy="10" r="7" /><path d="m7.5 7.5 5 5m0-5-5 5" />`);
export const back = icon(svg`<path d="M16 10H5M9.5 5.5 5 10l4.5 4.5" />`);
