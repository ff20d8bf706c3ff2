// The clock and the ages of things, by the server's time. Knows nothing about what they are the ages of.
(function () {
  "use strict";
  const body = document.body;
  let offset = Date.parse(body.dataset.now) - Date.now();
  const face = document.querySelector("[data-clock]");
  const writer = new Intl.DateTimeFormat("en-GB", { timeZone: body.dataset.zone || "UTC", hour: "2-digit", minute: "2-digit", second: "2-digit" });

  window.serverNow = function () { return Date.now() + offset; };
  window.setServerNow = function (iso) {
    const seen = Date.parse(iso);
    if (!Number.isNaN(seen)) offset = seen - Date.now();
  };
  window.ageInWords = function (seconds) {
    if (seconds < 1) return "now";
    if (seconds < 60) return Math.floor(seconds) + " s ago";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min ago";
    if (seconds < 172800) return Math.floor(seconds / 3600) + " h ago";
    return Math.floor(seconds / 86400) + " d ago";
  };

  function tell() {
    if (document.hidden) return;
    const now = window.serverNow();
    if (face) face.textContent = writer.format(now);
    for (const time of document.querySelectorAll("time[data-age]")) {
      const seconds = Math.max(0, (now - Date.parse(time.dateTime)) / 1000);
      const words = window.ageInWords(seconds);
      if (time.textContent !== words) time.textContent = words;
      if (time.dataset.stale) {
        const old = seconds > Number(time.dataset.stale);
        const carrier = time.closest("[data-grey]") || time;
        carrier.classList.toggle("stale", old);
      }
    }
  }
  tell();
  setInterval(tell, 1000);
})();
