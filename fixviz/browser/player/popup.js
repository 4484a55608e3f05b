/* Where a popup lies that explains an element. */

const MARGIN = 8;

/**
 * Place an open popup below an element, or above it where there is no room below; never outside the window.
 * The popup is fixed to the screen, so it closes when somebody scrolls.
 *
 * @param {HTMLElement} popup
 * @param {HTMLElement} element
 */
export function placeBeside(popup, element) {
  const box = element.getBoundingClientRect();
  const { width, height } = popup.getBoundingClientRect();
  // Pixels of the popup are larger than those of the window where the page around it is enlarged.
  const scale = width / popup.offsetWidth || 1;
  const below = box.bottom + MARGIN;
  const top =
    below + height > innerHeight - MARGIN ? Math.max(MARGIN, box.top - MARGIN - height) : below;
  const left = Math.max(
    MARGIN,
    Math.min(box.left, document.documentElement.clientWidth - width - MARGIN),
  );
  Object.assign(popup.style, { left: `${left / scale}px`, top: `${top / scale}px` });
  addEventListener("scroll", () => popup.isConnected && popup.hidePopover(), {
    capture: true,
    once: true,
    passive: true,
  });
}
