import { html, type Markup } from './markup.ts'

/**
 * The product's mark: a shield that holds the 方胜, two lozenges that pass over and under each other, the old Chinese sign for what is held in common.
 * Drawn with classes, so that it follows the page's colours; images/mark.svg is the same for the browser's tab.
 */
export function mark(): Markup {
  return html`<svg class="mark" viewBox="0 0 32 36" width="32" height="36" aria-hidden="true" focusable="false">
    <path class="mark-shield" d="M16 1 30 5.5v12.3C30 26 24.3 32 16 35 7.7 32 2 26 2 17.8V5.5z" />
    <path class="mark-line" d="M12.5 9.5 20.5 17.5 12.5 25.5 4.5 17.5z" />
    <path class="mark-gap" d="M19.5 9.5 27.5 17.5 19.5 25.5 11.5 17.5z" />
    <path class="mark-line" d="M19.5 9.5 27.5 17.5 19.5 25.5 11.5 17.5z" />
    <path class="mark-gap" d="M14 11 18 15" />
    <path class="mark-line" d="M13 10 19 16" />
  </svg>`
}
