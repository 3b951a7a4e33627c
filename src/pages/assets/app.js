// What pages do beyond HTML: announcements. Everything works without it.
"use strict";

// Says something in the one live region.
function announce(text) {
  const live = document.getElementById("live");
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}
