// Dialogs, menus and messages: opening, closing, giving focus back. An act itself is always a form posted to the server.
(function () {
  "use strict";
  const dialog = document.getElementById("dialog");
  const messages = document.getElementById("messages");
  let opener = null;

  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.detail.target && event.detail.target.id === "dialog-body" && !dialog.open) opener = event.detail.elt;
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target && event.detail.target.id === "dialog-body" && !dialog.open) dialog.showModal();
    if (event.detail.target === messages) dialog.close();
  });
  // A refusal is said inside the form, where the person can mend what was typed.
  document.addEventListener("htmx:beforeSwap", function (event) {
    const kind = event.detail.xhr.getResponseHeader("Content-Type") || "";
    if (kind.startsWith("application/json")) {
      event.detail.shouldSwap = false;
      let told = "";
      try { told = JSON.parse(event.detail.xhr.responseText).message; } catch (error) { told = ""; }
      say(told || "The server could not do this. Reload the page and try again.");
      return;
    }
    const place = event.detail.requestConfig.elt.querySelector("[data-refusal]");
    if (place && event.detail.xhr.status >= 400 && event.detail.target === messages) {
      event.detail.target = place;
      event.detail.swapOverride = "innerHTML";
    }
  });
  // Who is at the foot of a long form would not see what is said at its head: the words are brought into view, and read on from.
  // Messages float in view by themselves.
  function face(place) {
    const said = place.matches("[role=alert]") ? place : place.querySelector("[role=alert], [aria-invalid=true]");
    if (!said || messages.contains(said)) return;
    if (said.matches("[role=alert]")) said.tabIndex = -1;
    said.focus({ preventScroll: true });
    said.scrollIntoView({ block: "center" });
  }
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.xhr && event.detail.xhr.status >= 400) face(event.target);
  });
  face(document.getElementById("main"));
  dialog.addEventListener("close", function () {
    document.getElementById("dialog-body").replaceChildren();
    const menu = opener && opener.closest("details.menu");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    else if (opener && opener.isConnected) opener.focus();
    opener = null;
  });
  document.addEventListener("click", function (event) {
    if (event.target === dialog || event.target.closest("#dialog [data-close]")) {
      event.preventDefault();
      dialog.close();
    }
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".message").remove();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const all = event.target.closest("[data-check-all]");
    if (all) for (const box of document.querySelectorAll("#list input[name='bot']")) box.checked = all.checked;
    count();
  });
  // How many are ticked, beside what can be done with them; the style sheet hides the bar while none is.
  function count() {
    const place = document.querySelector("[data-picked]");
    if (place) place.textContent = document.querySelectorAll("#list input[name='bot']:checked").length;
  }
  document.addEventListener("htmx:afterSettle", count);
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  // A confirmation fades by itself; a refusal stays until it is read.
  new MutationObserver(function (changes) {
    for (const change of changes) for (const node of change.addedNodes) {
      if (node.nodeType === 1 && !node.classList.contains("refused")) setTimeout(function () { node.remove(); }, 8000);
    }
  }).observe(messages, { childList: true });

  // The emergency stop must not depend on its explanation.
  function plainStop(event) {
    if (!event.detail.elt || !event.detail.elt.classList.contains("stop")) return false;
    document.getElementById("dialog-body").replaceChildren(document.getElementById("plain-stop").content.cloneNode(true));
    if (!dialog.open) dialog.showModal();
    return true;
  }
  // A page that is being left takes its requests with it, and the connection light tells of refetches that fail.
  let leaving = false;
  addEventListener("pagehide", function () { leaving = true; });
  addEventListener("beforeunload", function () { leaving = true; });
  document.addEventListener("htmx:sendError", function (event) { if (!leaving && event.detail.elt.id !== "live" && !plainStop(event)) say("No answer from the server. Nothing was changed here; try again."); });
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status < 500 || event.detail.elt.id === "live" || plainStop(event)) return;
    say("The server could not do this (" + event.detail.xhr.status + "). Try again.");
  });
  // What scrolls sideways can be reached by the keyboard.
  function reach() {
    for (const box of document.querySelectorAll(".scroll")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else if (!box.hasAttribute("role")) box.removeAttribute("tabindex");
    }
  }
  reach();
  addEventListener("resize", reach);
  document.addEventListener("htmx:afterSettle", reach);

  function say(words) {
    const box = document.createElement("div");
    box.className = "message refused";
    box.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.className = "text";
    text.textContent = words;
    box.append(text);
    messages.replaceChildren(box);
    if (dialog.open) dialog.close();
    setTimeout(function () { box.remove(); }, 15000);
  }
})();
