import { css } from "../vendor/lit.js";

// One palette for all faces: ink on paper, a green that holds, amber for what has a date.
export const theme = css`
  :host {
    --ink: #16211f;
    --quiet: #54625f;
    --paper: #faf8f4;
    --sheet: #ffffff;
    --line: #dcd8cf;
    --hold: #0d5c4d;
    --on-hold: #ffffff;
    --hold-soft: #e3f0ec;
    --date: #8a4b08;
    --date-soft: #fdf1df;
    --alarm: #a32020;
    --focus: #1b5fd0;
    --shadow: 0 12px 40px rgb(22 33 31 / 18%);
    color: var(--ink);
    font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  }
  @media (prefers-color-scheme: dark) {
    :host {
      --ink: #e9efed;
      --quiet: #a3b3af;
      --paper: #0f1716;
      --sheet: #182321;
      --line: #32413e;
      --hold: #7ed3bd;
      --on-hold: #06231d;
      --hold-soft: #1d3a34;
      --date: #f0b567;
      --date-soft: #33281a;
      --alarm: #ff9d94;
      --focus: #8db8ff;
      --shadow: 0 12px 40px rgb(0 0 0 / 55%);
    }
  }
  *, *::before, *::after { box-sizing: border-box; }
  :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
  button, input, textarea, select { font: inherit; color: inherit; }
  button { cursor: pointer; }
  [hidden] { display: none !important; }
  p, ul, dl, dd, h1, h2, h3, ol { margin: 0; }
  .id { white-space: nowrap; }
  .icon { inline-size: 1.25em; block-size: 1.25em; fill: none; stroke: currentcolor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; vertical-align: -0.25em; }
  .icon .solid { fill: currentcolor; stroke: none; }
  .hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .button { min-block-size: 44px; padding: 0.45rem 1rem; border: 1px solid var(--hold); border-radius: 10px; background: var(--sheet); color: var(--hold); font-weight: 600; text-align: start; }
  .button:hover:not(:disabled) { background: var(--hold-soft); }
  .button.main { background: var(--hold); color: var(--on-hold); }
  .button.main:hover:not(:disabled) { filter: brightness(1.08); }
  .button:disabled { border-color: var(--line); color: var(--quiet); background: transparent; cursor: default; }
  .link { border: 0; padding: 0.2rem; min-block-size: 28px; background: none; color: var(--hold); text-decoration: underline; text-underline-offset: 0.15em; }
`;
