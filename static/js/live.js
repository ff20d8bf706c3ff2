// The wire: opens /ws/, keeps the connection light honest, and asks the server again for what an event has changed.
// Numbers on the page come from the server only; an event is a hint that there are new ones.
(function () {
  "use strict";
  const LATE_S = 15, LOST_S = 30, QUIET_MS = 400, LOGGED_OUT = 4401, POLL_MS = 10000;
  const light = document.getElementById("wire");
  const word = light.querySelector("[data-word]");
  const said = document.getElementById("said");
  const live = document.getElementById("live");
  let socket = null, last = Number(document.body.dataset.seq) || 0, wait = 1000, due = null, missed = false;
  // When the last heartbeat came, of which the page itself brings the newest that the server knew; until there is one, when the wire
  // was first opened, and the light says that it is being found out whether a worker lives. Other messages prove none.
  const heard = document.body.dataset.beat;
  let beat = heard ? Date.now() - 1000 * Number(heard) : 0, beaten = Boolean(heard), opened = false;

  function show(state, words) {
    if (light.dataset.state !== state) light.dataset.state = state;
    if (word.textContent !== words) word.textContent = words;
  }

  function judge() {
    if (document.body.dataset.realtime === "off") { show("live", "polling"); return; }
    const age = (Date.now() - beat) / 1000;
    const open = socket && socket.readyState === WebSocket.OPEN;
    if (!opened) show("late", "connecting");
    else if (open && age < LATE_S) show(beaten ? "live" : "checking", beaten ? "live" : "checking");
    else if (age < LOST_S) show("late", "late " + Math.floor(age) + " s");
    else show("lost", "lost " + window.ageInWords(age).replace(" ago", ""));
    // Figures that nothing keeps fresh are grey until the wire is back and they have been asked for again.
    document.body.classList.toggle("unheard", light.dataset.state === "lost");
  }

  function refetch() {
    if (document.hidden) { missed = true; return; }
    if (due) return;
    due = setTimeout(function () {
      due = null;
      if (live && window.htmx) window.htmx.trigger(live, "refetch");
      document.dispatchEvent(new CustomEvent("redraw"));
    }, QUIET_MS);
  }

  function read(message) {
    if (message.at) window.setServerNow(message.at);
    // A heartbeat and the greeting carry the present number: another one than ours means that something was missed.
    const quiet = message.type === "heartbeat" || message.type === "hello";
    const gap = typeof message.seq === "number" && message.seq !== last;
    if (typeof message.seq === "number") last = message.seq;
    if (message.type === "heartbeat") { beat = Date.now(); beaten = true; }
    if (quiet) { if (gap) refetch(); judge(); return; }
    if (message.type === "fill") said.textContent = "A fill arrived.";
    refetch();
    judge();
  }

  function connect() {
    if (document.body.dataset.realtime === "off") { setInterval(refetch, POLL_MS); return; }
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    socket = new WebSocket(scheme + location.host + "/ws/");
    socket.addEventListener("open", function () { if (opened) refetch(); opened = true; beat = beat || Date.now(); wait = 1000; judge(); });
    socket.addEventListener("message", function (event) { read(JSON.parse(event.data)); });
    socket.addEventListener("close", function (event) {
      judge();
      if (event.code === LOGGED_OUT) { location.reload(); return; }
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 15000);
    });
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && missed) { missed = false; refetch(); }
  });
  document.addEventListener("acted", refetch);
  // The server's page has a part that this one lacks, as with the first bot or order: take it as a whole, but from under no question.
  document.addEventListener("htmx:oobErrorNoTarget", function () {
    if (!document.querySelector("dialog[open]")) location.reload();
  });
  // What is asked for again is what the address says now: filters may have changed since the page came.
  document.addEventListener("htmx:configRequest", function (event) {
    if (event.detail.elt === live) event.detail.path = location.pathname + location.search;
  });

  // A swap must not close what the person has opened or untick what they have ticked.
  let kept = null;
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    if (event.detail.elt !== live) return;
    kept = {
      open: [...document.querySelectorAll("details[open][id]")].map(function (e) { return e.id; }),
      ticked: [...document.querySelectorAll("input[name='bot']:checked")].map(function (e) { return e.value; }),
      focus: document.activeElement && document.activeElement.id,
    };
  });
  document.addEventListener("htmx:afterOnLoad", function (event) {
    if (event.detail.elt !== live || !kept) return;
    for (const id of kept.open) { const e = document.getElementById(id); if (e) e.open = true; }
    for (const box of document.querySelectorAll("input[name='bot']")) if (kept.ticked.includes(box.value)) box.checked = true;
    if (kept.focus && document.activeElement === document.body) { const e = document.getElementById(kept.focus); if (e) e.focus(); }
    kept = null;
  });

  // Some screens are also asked for again by the clock, in seconds.
  if (live && live.dataset.every) setInterval(refetch, 1000 * Number(live.dataset.every));
  connect();
  judge();
  setInterval(judge, 1000);
})();
