/* Runs before the page is drawn: the queue for calls made before the tag is here, and whether the panel is open. */
(() => {
  'use strict';
  window.rollcall = window.rollcall || ((...call) => (window.rollcall.q = window.rollcall.q || []).push(call));

  let chosen = null;
  try {
    chosen = sessionStorage.getItem('panel');
  } catch {
    // A browser that keeps nothing gets the default each time.
  }
  document.documentElement.dataset.panel = chosen || (innerWidth >= 1100 ? 'open' : 'closed');
})();
